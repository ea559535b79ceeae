-- The proof of a function: the evidence, and the function before and after side by side.

local message = require('speedproof.message')
local server = require('speedproof.server')

local M = {}

-- A buffer of lines that is nobody's file.
local function scratch(lines, syntax)
  local bufnr = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, lines)
  vim.bo[bufnr].bufhidden = 'wipe'
  vim.bo[bufnr].syntax = syntax -- not the filetype: no server is to attach
  vim.bo[bufnr].modifiable = false
  vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = bufnr, desc = 'close' })
  return bufnr
end

--- Lines in a window above the others; q closes it.
function M.float(lines, title)
  local width = 20
  for _, line in ipairs(lines) do
    width = math.max(width, vim.fn.strdisplaywidth(line))
  end
  width = math.min(width, vim.o.columns - 4)
  local height = math.max(1, math.min(#lines, vim.o.lines - 6))
  vim.api.nvim_open_win(scratch(lines, ''), true, {
    relative = 'editor',
    row = math.floor((vim.o.lines - height) / 2) - 1,
    col = math.floor((vim.o.columns - width) / 2),
    width = width,
    height = height,
    style = 'minimal',
    border = 'rounded',
    title = ' ' .. title .. ' ',
  })
end

--- Shows a document of the server's, a proof, below what is there.
---@return boolean
function M.open(uri)
  local bufnr = vim.uri_to_bufnr(uri)
  vim.api.nvim_buf_delete(bufnr, { force = true }) -- an earlier one of this function, if it is still shown
  vim.cmd('botright split ' .. vim.fn.fnameescape(vim.uri_to_fname(uri)))
  vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = true, desc = 'close' })
  vim.bo.bufhidden = 'wipe'
  vim.bo.modifiable = false
  vim.wo.wrap = true
  return true
end

-- The texts side by side, in a tab of their own.
local function compare(name, before, after)
  vim.cmd('tab split')
  for i, text in ipairs({ before, after }) do
    if i == 2 then
      vim.cmd('rightbelow vsplit')
    end
    local bufnr = scratch(vim.split(text, '\n', { plain = true }), 'python')
    vim.api.nvim_win_set_buf(0, bufnr)
    vim.api.nvim_buf_set_name(bufnr, ('speedproof://%d/%s/%s'):format(bufnr, name, i == 1 and 'before' or 'after'))
    vim.cmd.diffthis()
  end
  vim.cmd('silent! normal! gg]c')
end

-- The server's name for the function at the cursor, as its code actions have it.
local function with_function(bufnr, act)
  local client = server.client(bufnr)
  if not client then
    message.say('Speedproof: no server runs for this buffer; see :checkhealth speedproof', vim.log.levels.WARN)
    return
  end
  local params = vim.lsp.util.make_range_params(0, client.offset_encoding)
  params.context = { diagnostics = {} }
  server.request(client, 'textDocument/codeAction', params, function(_, actions)
    for _, action in ipairs(actions or {}) do
      local command = action.command
      if type(command) == 'table' and command.command == 'speedproof.optimize' then
        act(command.arguments[1].qualname)
        return
      end
    end
    message.say('Speedproof: there is no function at the cursor', vim.log.levels.WARN)
  end, bufnr)
end

--- The proof of the function at the cursor.
function M.show()
  local bufnr = vim.api.nvim_get_current_buf()
  with_function(bufnr, function(qualname)
    local argument = { uri = vim.uri_from_bufnr(bufnr), qualname = qualname }
    server.execute(bufnr, 'speedproof.proofPage', { argument }, function(page)
      if not page then
        return -- the server has told why
      end
      if page.after then
        compare(qualname, page.before, page.after)
      end
      server.execute(bufnr, 'speedproof.showProof', { argument })
    end)
  end)
end

--- Applies the rewrite that is verified for the function at the cursor.
function M.apply()
  local bufnr = vim.api.nvim_get_current_buf()
  with_function(bufnr, function(qualname)
    server.execute(bufnr, 'speedproof.apply', { { uri = vim.uri_from_bufnr(bufnr), qualname = qualname } })
  end)
end

return M
