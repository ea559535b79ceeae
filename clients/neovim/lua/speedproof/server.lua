-- The server's process: its configuration, its start, and a new one where it died.

local message = require('speedproof.message')

local M = {}

local NAME = 'speedproof'
local CRASHES, CRASH_SECONDS = 4, 180 -- so many within so long, and it is left alone
local crashes = {} ---@type integer[]
local terminated = {} ---@type table<integer, boolean> By the client's number.

-- Client's functions are methods from 0.11 on.
local function call(client, name, ...)
  if vim.fn.has('nvim-0.11') == 1 then
    return client[name](client, ...)
  end
  return client[name](...)
end

---@return boolean sent, integer? id
function M.request(client, method, params, handler, bufnr)
  return call(client, 'request', method, params, handler, bufnr)
end

function M.cancel(client, id)
  return call(client, 'cancel_request', id)
end

function M.notify(client, method, params)
  return call(client, 'notify', method, params)
end

--- The server that a buffer is attached to.
function M.client(bufnr)
  return vim.lsp.get_clients({ name = NAME, bufnr = bufnr })[1]
end

--- Runs a command of the server's. Its failures are told.
---@param handler? fun(result: any)
function M.execute(bufnr, command, arguments, handler)
  local client = M.client(bufnr)
  if not client then
    message.say('Speedproof: no server runs for this buffer; see :checkhealth speedproof', vim.log.levels.WARN)
    return
  end
  local params = { command = command, arguments = arguments }
  M.request(client, 'workspace/executeCommand', params, function(err, result)
    if err then
      message.say('Speedproof: ' .. err.message, vim.log.levels.ERROR)
    elseif handler then
      handler(result)
    end
  end, bufnr)
end

--- The command line program, which is found where the server is.
---@return string[]
function M.program(...)
  local cmd = vim.deepcopy(require(NAME).options.cmd)
  if cmd[#cmd] == 'serve' then
    cmd[#cmd] = nil
  end
  return vim.list_extend(cmd, { ... })
end

--- The folder whose project a buffer belongs to.
function M.root(bufnr)
  local client = M.client(bufnr)
  return client and client.config.root_dir or vim.fs.root(bufnr, { 'pyproject.toml', '.git' }) or vim.fn.getcwd()
end

-- The loaded buffers that an edit changes.
local function buffers_of(edit)
  local uris = vim.tbl_keys(edit.changes or {})
  for _, change in ipairs(edit.documentChanges or {}) do
    uris[#uris + 1] = change.textDocument and change.textDocument.uri
  end
  return vim.tbl_filter(vim.api.nvim_buf_is_loaded, vim.tbl_map(vim.uri_to_bufnr, uris))
end

-- In insert mode, too. Setting the option is Neovim's way to say it; the value stays.
local function end_undo_step(buffers)
  for _, bufnr in ipairs(buffers) do
    vim.bo[bufnr].undolevels = vim.bo[bufnr].undolevels
  end
end

-- An edit is one undo step of its own, and refused where the buffer is no longer what the server knows: Neovim would
-- drop it and say that it was applied.
local function apply_edit(err, params, ctx)
  for _, change in ipairs(params.edit.documentChanges or {}) do
    local document = change.textDocument
    local bufnr = document and vim.uri_to_bufnr(document.uri)
    local version = bufnr and vim.lsp.util.buf_versions[bufnr]
    if version and type(document.version) == 'number' and version > document.version then
      local client = vim.lsp.get_client_by_id(ctx.client_id)
      -- With any request go the changes that are held back, which the server needs to make the edit anew.
      M.request(client, 'textDocument/hover', {
        textDocument = { uri = document.uri },
        position = { line = 0, character = 0 },
      }, function() end, bufnr)
      return { applied = false, failureReason = 'the buffer has changed meanwhile' }
    end
  end
  local buffers = buffers_of(params.edit)
  end_undo_step(buffers)
  local result = vim.lsp.handlers['workspace/applyEdit'](err, params, ctx)
  end_undo_step(buffers)
  return result
end

local function start_again(client, buffers)
  local now = os.time()
  crashes = vim.tbl_filter(function(time)
    return now - time < CRASH_SECONDS
  end, crashes)
  crashes[#crashes + 1] = now
  if #crashes > CRASHES then
    message.say('Speedproof: the server ended too often. :Speedproof restart starts it again', vim.log.levels.ERROR)
    return
  end
  message.say('Speedproof: the server ended and is started again', vim.log.levels.WARN)
  M.attach(client.config, buffers)
end

--- Starts a server of that configuration, and gives it the buffers.
function M.attach(config, buffers)
  for _, bufnr in ipairs(buffers) do
    if vim.api.nvim_buf_is_loaded(bufnr) then
      vim.lsp.start(config, {
        bufnr = bufnr,
        reuse_client = function(other, wanted)
          return other.name == NAME and other.config.root_dir == wanted.root_dir and not call(other, 'is_stopped')
        end,
      })
    end
  end
end

-- Notes when Neovim ends the server by force, which else looks as if somebody else had.
local function watch(client)
  local terminate = client.rpc.terminate
  if terminated[client.id] == nil then
    terminated[client.id] = false
    client.rpc.terminate = function(...)
      terminated[client.id] = true
      return terminate(...)
    end
  end
end

local function on_exit(code, signal, client_id)
  local client = vim.lsp.get_client_by_id(client_id)
  if not client or terminated[client_id] or (code == 0 and signal == 0) then
    return
  end
  local buffers = vim.tbl_keys(client.attached_buffers)
  vim.defer_fn(function() -- once Neovim has put the old one away
    if vim.v.exiting == vim.NIL then
      start_again(client, buffers)
    end
  end, 100)
end

--- What the server needs to know of this client, as vim.lsp.config() takes it.
---@return vim.lsp.ClientConfig
function M.config()
  local options = require(NAME).options
  local capabilities = vim.lsp.protocol.make_client_capabilities()
  capabilities.textDocument.inlineCompletion = { dynamicRegistration = false }
  capabilities.workspace.codeLens = { refreshSupport = true }
  capabilities.experimental = { commands = { commands = { 'speedproof.askHint' } }, statusNotification = true }
  local handlers = {
    ['workspace/applyEdit'] = apply_edit,
    ['window/showMessage'] = message.on_show,
    ['window/showDocument'] = function(_, params)
      return { success = require('speedproof.proof').open(params.uri) }
    end,
    ['$/speedproof/status'] = function(_, status)
      require('speedproof.progress').on_status(status)
    end,
  }
  if not vim.lsp.codelens.enable then -- from 0.12 on Neovim does it
    handlers['workspace/codeLens/refresh'] = function()
      require('speedproof.lens').refresh()
      return vim.NIL
    end
  end
  return {
    cmd = options.cmd,
    filetypes = { 'python' },
    root_markers = { 'pyproject.toml', '.git' },
    capabilities = capabilities,
    settings = { speedproof = next(options.settings) and options.settings or vim.empty_dict() },
    on_exit = on_exit,
    handlers = handlers,
  }
end

local function on_attach(bufnr, client)
  local options = require(NAME).options
  if options.suggestions and client.server_capabilities.inlineCompletionProvider then
    require('speedproof.suggestion').attach(bufnr)
  end
  if options.code_lens and client.server_capabilities.codeLensProvider then
    require('speedproof.lens').attach(bufnr)
  end
end

-- What vim.lsp.enable() does, for Neovim 0.10.
local function start_for(bufnr)
  local config = M.config()
  config.name, config.root_dir = NAME, vim.fs.root(bufnr, config.root_markers)
  if vim.bo[bufnr].buftype == '' then
    M.attach(config, { bufnr })
  end
end

--- Starts the server for all Python buffers, those that are there and those that come.
function M.enable()
  local group = vim.api.nvim_create_augroup('speedproof.server', {})
  vim.api.nvim_create_autocmd('LspAttach', {
    group = group,
    callback = function(event)
      local client = vim.lsp.get_client_by_id(event.data.client_id)
      if client and client.name == NAME then
        watch(client)
        on_attach(event.buf, client)
      end
    end,
  })
  vim.lsp.commands['speedproof.askHint'] = require('speedproof.commands').ask_hint
  local program = require(NAME).options.cmd[1]
  if vim.fn.executable(program) == 0 then
    vim.api.nvim_create_autocmd('FileType', {
      group = group,
      pattern = 'python',
      once = true,
      callback = function()
        local text = ('Speedproof: there is no program `%s`; see :checkhealth speedproof'):format(program)
        message.say(text, vim.log.levels.WARN)
      end,
    })
    return
  end
  if vim.lsp.enable then
    vim.lsp.enable(NAME)
    return
  end
  vim.api.nvim_create_autocmd('FileType', {
    group = group,
    pattern = 'python',
    callback = function(event)
      start_for(event.buf)
    end,
  })
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(bufnr) and vim.bo[bufnr].filetype == 'python' then
      start_for(bufnr)
    end
  end
end

--- Ends the servers and starts new ones for the same buffers.
function M.restart()
  crashes = {}
  local clients = vim.lsp.get_clients({ name = NAME })
  for _, client in ipairs(clients) do
    local buffers = vim.tbl_keys(client.attached_buffers)
    local function go_on()
      if vim.lsp.get_client_by_id(client.id) then
        vim.defer_fn(go_on, 20)
      else
        M.attach(client.config, buffers)
      end
    end
    call(client, 'stop')
    go_on()
  end
  for _, bufnr in ipairs(#clients == 0 and vim.api.nvim_list_bufs() or {}) do
    if vim.api.nvim_buf_is_loaded(bufnr) and vim.bo[bufnr].filetype == 'python' then
      start_for(bufnr)
    end
  end
end

return M
