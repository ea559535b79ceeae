-- :Speedproof and what belongs to it.

local message = require('speedproof.message')
local server = require('speedproof.server')

local M = {}

-- What commands about one function take: the function at the cursor.
local function function_here(bufnr)
  local client = server.client(bufnr)
  local encoding = client and client.offset_encoding or 'utf-16'
  local position = vim.lsp.util.make_position_params(0, encoding).position
  return { uri = vim.uri_from_bufnr(bufnr), range = { start = position, ['end'] = position } }
end

local function optimize(arguments)
  local bufnr = vim.api.nvim_get_current_buf()
  local argument = function_here(bufnr)
  argument.hint = #arguments > 0 and table.concat(arguments, ' ') or nil
  server.execute(bufnr, 'speedproof.optimize', { argument })
end

local function verify()
  local bufnr = vim.api.nvim_get_current_buf()
  server.execute(bufnr, 'speedproof.prove', { function_here(bufnr) })
end

local function cancel()
  local n_cancelled = require('speedproof.progress').cancel()
  message.say('Speedproof: ' .. (n_cancelled > 0 and 'cancelled' or 'nothing is under way'))
end

local function snooze(arguments)
  local minutes = tonumber(arguments[1])
  local bufnr = vim.api.nvim_get_current_buf()
  server.execute(bufnr, 'speedproof.snooze', minutes and { minutes } or {}, function(result)
    local still = ('no suggestions for %g minutes'):format(result)
    message.say('Speedproof: ' .. (result > 0 and still or 'suggestions are on'))
  end)
end

-- The lines that a command of the command line prints, in a window of their own.
local function show_output(arguments)
  vim.system(server.program(unpack(arguments)), { text = true, cwd = server.root(vim.api.nvim_get_current_buf()) }, function(done)
    local lines = vim.split(vim.trim(done.stdout .. done.stderr), '\n')
    vim.schedule(function()
      require('speedproof.proof').float(lines, 'speedproof ' .. table.concat(arguments, ' '))
    end)
  end)
end

local function stats(arguments)
  show_output({ 'stats', unpack(arguments) })
end

local function model(arguments)
  show_output({ 'models', unpack(#arguments > 0 and arguments or { 'list' }) })
end

-- In a terminal, where it shows how far it is and Ctrl-C ends it; what it has written is opened then.
local function batch(arguments)
  local root = server.root(vim.api.nvim_get_current_buf())
  local command = server.program('batch', unpack(arguments))
  vim.cmd('botright 12new')
  local function on_exit(_, code)
    local summary = vim.fs.joinpath(root, 'speedproof-report', 'summary.md')
    if (code == 0 or code == 1) and vim.uv.fs_stat(summary) then
      vim.cmd('tabedit ' .. vim.fn.fnameescape(summary))
    end
  end
  if vim.fn.has('nvim-0.11') == 1 then
    vim.fn.jobstart(command, { term = true, cwd = root, on_exit = on_exit })
  else
    vim.fn.termopen(command, { cwd = root, on_exit = on_exit })
  end
end

local COMMANDS = {
  optimize = optimize,
  proof = function()
    require('speedproof.proof').show()
  end,
  apply = function()
    require('speedproof.proof').apply()
  end,
  verify = verify,
  batch = batch,
  stats = stats,
  model = model,
  cancel = cancel,
  snooze = snooze,
  restart = server.restart,
}

---@param call vim.api.keyset.create_user_command.command_args
function M.run(call)
  local name = call.fargs[1] or 'optimize'
  local act = COMMANDS[name]
  if not act then
    message.say(('Speedproof has no command `%s`'):format(name), vim.log.levels.WARN)
    return
  end
  act(vim.list_slice(call.fargs, 2))
end

---@return string[]
function M.complete(lead, line)
  if line:match('^%S+%s+%S*$') == nil then
    return {}
  end
  local names = vim.tbl_filter(function(name)
    return vim.startswith(name, lead)
  end, vim.tbl_keys(COMMANDS))
  table.sort(names)
  return names
end

--- The code action "Optimize with a hint…": the server cannot ask for a line of text.
function M.ask_hint(command, ctx)
  vim.ui.input({ prompt = 'Hint for the model: ' }, function(hint)
    if hint and hint ~= '' then
      local argument = vim.tbl_extend('force', command.arguments[1], { hint = hint })
      server.execute(ctx.bufnr, 'speedproof.optimize', { argument })
    end
  end)
end

return M
