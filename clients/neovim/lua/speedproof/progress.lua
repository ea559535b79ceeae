-- What the server is at: told below the window, in the status line, and cancelled from here.

local server = require('speedproof.server')

local M = {}

---@class speedproof.Work
---@field client_id integer
---@field token string|integer
---@field title string
---@field message? string
---@field percentage? integer

local under_way = {} ---@type table<string, speedproof.Work>
local status ---@type { completion: string, model?: { name: string }, snoozed_seconds: number, problem?: string }?

local function in_words(work)
  local percentage = work.percentage and work.percentage > 0 and (' %d %%'):format(work.percentage) or ''
  local message = work.message and work.message ~= '' and ': ' .. work.message or ''
  return work.title .. percentage .. message
end

local function tell(text)
  -- What is longer would be waited upon with a prompt.
  vim.api.nvim_echo({ { vim.fn.strcharpart(text, 0, math.max(0, vim.v.echospace - 1)) } }, false, {})
end

local function on_progress(event)
  local client = vim.lsp.get_client_by_id(event.data.client_id)
  if not client or client.name ~= 'speedproof' then
    return
  end
  local token, value = event.data.params.token, event.data.params.value
  local key = client.id .. ':' .. token
  if value.kind == 'end' then
    under_way[key] = nil -- what came of it is on the screen by now
  else
    local work = under_way[key] or { client_id = client.id, token = token, title = value.title or '' }
    under_way[key] = vim.tbl_extend('force', work, { message = value.message, percentage = value.percentage })
    tell(in_words(under_way[key]))
  end
  vim.cmd.redrawstatus()
end

--- Follows the server's reports.
function M.watch()
  vim.api.nvim_create_autocmd('LspProgress', {
    group = vim.api.nvim_create_augroup('speedproof.progress', {}),
    callback = on_progress,
  })
end

-- What servers are at that still run: of one that died no end is heard.
---@return speedproof.Work[]
local function current_work()
  return vim.tbl_filter(function(work)
    return vim.lsp.get_client_by_id(work.client_id) ~= nil
  end, vim.tbl_values(under_way))
end

--- Cancels all that is under way.
---@return integer how much that was
function M.cancel()
  local work = current_work()
  for _, each in ipairs(work) do
    local client = vim.lsp.get_client_by_id(each.client_id)
    server.notify(client, 'window/workDoneProgress/cancel', { token = each.token })
  end
  return #work
end

--- What the server says of itself, whenever it changes.
function M.on_status(told)
  status = told
  vim.cmd.redrawstatus()
end

local function is_set(value)
  return value ~= nil and value ~= vim.NIL
end

local function model_in_words()
  if not status or not is_set(status.model) or status.completion == 'off' then
    return ''
  elseif is_set(status.problem) then
    return ': no suggestions'
  elseif status.snoozed_seconds > 0 then
    return ': snoozed'
  end
  return ': ' .. status.model.name
end

function M.statusline()
  local work = current_work()[1]
  if work then
    return (in_words(work):gsub('%%', 'percent')) -- a status line takes % for an item
  end
  return server.client(vim.api.nvim_get_current_buf()) and 'Speedproof' .. model_in_words() or ''
end

return M
