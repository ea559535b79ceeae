-- Verdicts above functions. Neovim 0.12 keeps them up to date itself; below it they are asked for again here.

local M = {}

local server = require('speedproof.server')
local codelens = vim.lsp.codelens

--- Asks for the verdicts of all visible buffers anew. Not needed from Neovim 0.12 on.
function M.refresh()
  for _, window in ipairs(vim.api.nvim_tabpage_list_wins(0)) do
    local bufnr = vim.api.nvim_win_get_buf(window)
    local client = server.client(bufnr)
    if client then
      -- Not codelens.refresh(), which does nothing while an earlier request is out.
      local params = { textDocument = { uri = vim.uri_from_bufnr(bufnr) } }
      server.request(client, 'textDocument/codeLens', params, codelens.on_codelens, bufnr)
    end
  end
end

function M.attach(bufnr)
  if codelens.enable then
    codelens.enable(true, { bufnr = bufnr })
    return
  end
  vim.api.nvim_create_autocmd({ 'BufEnter', 'InsertLeave', 'TextChanged' }, {
    group = vim.api.nvim_create_augroup('speedproof.lens.' .. bufnr, {}),
    buffer = bufnr,
    callback = M.refresh,
  })
  M.refresh()
end

return M
