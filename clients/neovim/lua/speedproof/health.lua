-- :checkhealth speedproof

local server = require('speedproof.server')

local M = {}

local health = vim.health

local function check_neovim()
  if vim.fn.has('nvim-0.10') == 0 then
    health.error('Neovim is too old', 'Speedproof needs Neovim 0.10 or newer')
    return
  end
  local how = vim.lsp.inline_completion and "Neovim's own suggestions" or "the plugin's suggestions"
  health.ok(('Neovim %s, with %s'):format(tostring(vim.version()), how))
end

local function run(arguments)
  local is_run, process = pcall(vim.system, arguments, { text = true })
  return is_run and process:wait(30000) or nil
end

---@return boolean
local function check_program()
  local program = server.program()
  local path = vim.fn.exepath(program[1])
  if path == '' then
    health.error(('there is no program `%s`'):format(program[1]), {
      'install Speedproof: python3 -m pip install speedproof',
      'or say where it is: require("speedproof").setup({ cmd = { "/path/to/speedproof", "serve" } })',
    })
    return false
  end
  local done = run(server.program('--version'))
  if not done or done.code ~= 0 then
    health.error(('`%s --version` fails'):format(table.concat(program, ' ')), done and vim.trim(done.stderr) or nil)
    return false
  end
  health.ok(('%s, %s'):format(vim.trim(done.stdout), path))
  return true
end

-- What `speedproof doctor` finds, for the folder that Neovim is in.
local function check_doctor()
  local done = run(server.program('doctor', '--json'))
  local is_read, found = pcall(vim.json.decode, done and done.stdout or '', { luanil = { object = true } })
  if not is_read then
    health.error('`speedproof doctor` fails', done and vim.trim(done.stderr) or nil)
    return
  end
  if found.sandbox then
    health.ok('the sandbox: ' .. table.concat(found.sandbox.layers, ', '))
    for _, missing in ipairs(found.sandbox.missing) do
      health.info('not active: ' .. missing)
    end
  end
  if found.interpreter then
    health.ok(('the project is run by Python %s, %s'):format(found.interpreter.version, found.interpreter.path))
  end
  if found.model then
    health.ok(('the model that completes: %s, %s'):format(found.model.name, found.model.where))
  else
    health.info('no model completes; :help speedproof-model')
  end
  for _, problem in ipairs(found.problems) do
    health.warn(problem)
  end
end

local function check_servers()
  local clients = vim.lsp.get_clients({ name = 'speedproof' })
  if #clients == 0 then
    health.info('no server runs: it starts with the first Python file')
  end
  for _, client in ipairs(clients) do
    local n_buffers = vim.tbl_count(client.attached_buffers)
    health.ok(('a server runs for %s, %d buffers'):format(client.config.root_dir or 'single files', n_buffers))
  end
end

function M.check()
  health.start('Speedproof')
  check_neovim()
  if check_program() then
    check_doctor()
    check_servers()
  end
end

return M
