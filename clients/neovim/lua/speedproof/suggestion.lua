-- Suggestions while typing. Neovim 0.12 asks for them and shows them itself; below it this does, and on all of them it
-- takes a suggestion in parts, and goes on showing what is left.

local api = vim.api
local server = require('speedproof.server')

local M = {}

local METHOD = 'textDocument/inlineCompletion'
local KINDS = { invoked = 1, automatic = 2 }
local NAMESPACE = api.nvim_create_namespace('speedproof.suggestion')
local NATIVE_NAMESPACE = api.nvim_create_namespace('nvim.lsp.inline_completion')
local native = vim.lsp.inline_completion

---@class speedproof.Suggestion
---@field bufnr integer
---@field row integer From 0.
---@field col integer Where the text begins, in bytes.
---@field n_after integer How many bytes behind the cursor the text takes the place of.
---@field text string
---@field until_answer? boolean Neovim shows the next one itself.

local shown ---@type speedproof.Suggestion?
local pending ---@type { client: vim.lsp.Client, id?: integer }?
local n_taking = 0 -- accepts that are yet to happen
local asked = {} ---@type table<integer, integer> Where the cursor was, in bytes, by the number of Neovim's request.
local answered_col = 0 -- where it was for the one that Neovim had an answer to

local function cancel()
  if pending and pending.id then
    server.cancel(pending.client, pending.id)
  end
  pending = nil
end

local function clear()
  if shown and api.nvim_buf_is_valid(shown.bufnr) then
    api.nvim_buf_clear_namespace(shown.bufnr, NAMESPACE, 0, -1)
  end
  shown = nil
end

-- What of a suggestion is still to come, and what it replaces there; nil where it does not fit the cursor any more.
---@return string? rest, string? after
local function rest_of(suggestion)
  local row, col = unpack(api.nvim_win_get_cursor(0))
  if api.nvim_get_current_buf() ~= suggestion.bufnr or row - 1 ~= suggestion.row or col < suggestion.col then
    return nil
  end
  local line = api.nvim_get_current_line()
  local typed = line:sub(suggestion.col + 1, col)
  if suggestion.text:sub(1, #typed) ~= typed or #line < col + suggestion.n_after or #typed >= #suggestion.text then
    return nil
  end
  return suggestion.text:sub(#typed + 1), line:sub(col + 1, col + suggestion.n_after)
end

-- Shows the suggestion as it is seen from the cursor, or takes it away.
local function render()
  if not shown then
    return
  end
  api.nvim_buf_clear_namespace(shown.bufnr, NAMESPACE, 0, -1)
  local rest, after = rest_of(shown)
  if not rest then
    shown = nil
    return
  end
  if after ~= '' and vim.endswith(rest, after) then
    rest = rest:sub(1, -#after - 1) -- it is on the screen already
  end
  local lines = vim.split(rest, '\n', { plain = true })
  local below = {}
  for i = 2, #lines do
    below[#below + 1] = { { lines[i], 'SpeedproofSuggestion' } }
  end
  api.nvim_buf_set_extmark(shown.bufnr, NAMESPACE, shown.row, api.nvim_win_get_cursor(0)[2], {
    virt_text = { { lines[1], 'SpeedproofSuggestion' } },
    virt_text_pos = 'inline',
    virt_lines = below,
    hl_mode = 'combine',
  })
end

local function byte_in(line, position, client)
  local encoding, index = client.offset_encoding, position.character
  if encoding == 'utf-8' then
    return math.min(index, #line)
  elseif vim.fn.has('nvim-0.11') == 1 then
    return vim.str_byteindex(line, encoding, index, false)
  end
  return vim.str_byteindex(line, math.min(index, select(2, vim.str_utfindex(line))), encoding == 'utf-16')
end

local function show(bufnr, client, item)
  clear()
  if native and #api.nvim_buf_get_extmarks(bufnr, NATIVE_NAMESPACE, 0, -1, {}) > 0 then
    return -- it is on the screen already
  end
  local row, col = unpack(api.nvim_win_get_cursor(0))
  local from, to = col, col
  if item.range then
    local line = api.nvim_get_current_line()
    from, to = byte_in(line, item.range.start, client), byte_in(line, item.range['end'], client)
  end
  shown = {
    bufnr = bufnr,
    row = row - 1,
    col = from,
    n_after = math.max(0, to - col),
    text = item.insertText,
    until_answer = native ~= nil,
  }
  render()
end

-- Neovim keeps its own suggestion to itself, but for the moment in which it is accepted.
local function of_item(item)
  local cursor = api.nvim_win_get_cursor(0)
  local row, col, end_row, end_col = cursor[1] - 1, cursor[2], cursor[1] - 1, cursor[2]
  if item.range then
    row, col, end_row, end_col = item.range:to_extmark()
  end
  if type(item.insert_text) ~= 'string' or row ~= end_row then
    return nil
  end
  -- What has been typed since is within the range by now.
  local n_after = item.range and math.max(0, end_col - answered_col) or 0
  local bufnr = api.nvim_get_current_buf()
  return { bufnr = bufnr, row = row, col = col, n_after = n_after, text = item.insert_text }
end

---@param part 'all'|'word'|'line'
local function part_of(rest, part)
  if part == 'word' then
    return rest:match('^%s*[%w_\128-\255]+') or rest:match('^%s*[^%w_%s\128-\255]+') or rest
  elseif part == 'line' then
    return rest:match('^\n?[^\n]*')
  end
  return rest
end

-- Puts a part of a suggestion at the cursor, and shows what is left; false where it does not fit any more.
local function take(suggestion, part)
  local rest, after = rest_of(suggestion)
  clear()
  if not rest then
    return false
  end
  local text = part_of(rest, part)
  local row, col = suggestion.row, api.nvim_win_get_cursor(0)[2]
  local is_all = text == rest
  -- A bracket that the editor has closed is gone over, not doubled.
  local n_over = is_all and #after or (vim.startswith(after, text) and #text or 0)
  local lines = vim.split(text, '\n', { plain = true })
  api.nvim_buf_set_text(suggestion.bufnr, row, col, row, col + n_over, lines)
  row, col = row + #lines - 1, (#lines == 1 and col or 0) + #lines[#lines]
  api.nvim_win_set_cursor(0, { row + 1, col })
  if not is_all then
    shown = {
      bufnr = suggestion.bufnr,
      row = row,
      col = col,
      n_after = #after - n_over,
      text = rest:sub(#text + 1),
      until_answer = native ~= nil,
    }
    render()
  end
  return true
end

--- Takes `part` of the suggestion; calls `otherwise` if there turns out to be none that fits. Expression mappings may call
--- this, so it happens a moment later.
---@param part 'all'|'word'|'line'
---@param otherwise? fun()
---@return boolean whether there is one
function M.accept(part, otherwise)
  otherwise = otherwise or function() end
  local is_there = true
  if shown or n_taking > 0 then
    vim.schedule(function() -- behind what Neovim has scheduled for the key before
      if not (shown and take(shown, part)) then
        otherwise()
      end
    end)
  else
    is_there = native ~= nil
      and native.get({
        on_accept = function(item)
          local suggestion = of_item(item)
          if not suggestion then
            return item -- a snippet: as Neovim has it
          end
          if not take(suggestion, part) then
            otherwise()
          end
        end,
      })
  end
  if is_there then
    n_taking = n_taking + 1
    vim.schedule(function()
      n_taking = n_taking - 1
    end)
  end
  return is_there
end

-- For mappings that are no expressions: what is typed next comes after it, an <Esc> at once included.
local function accept_now(part, otherwise)
  local is_there = M.accept(part, otherwise)
  vim.wait(200, function()
    return n_taking == 0
  end, 1)
  return is_there
end

---@return boolean whether there was one
function M.dismiss()
  local was_shown = shown ~= nil
  cancel()
  clear()
  if native then
    was_shown = native.get({ on_accept = function() end }) or was_shown
  end
  return was_shown
end

---@param kind 'invoked'|'automatic'
function M.ask(kind)
  cancel() -- nobody waits for the answer to the one before, which would come first
  local bufnr = api.nvim_get_current_buf()
  local client = server.client(bufnr)
  if not client then
    return
  end
  local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
  params.context = { triggerKind = KINDS[kind] }
  local tick, cursor = api.nvim_buf_get_changedtick(bufnr), api.nvim_win_get_cursor(0)
  local mine = { client = client }
  local function answered(err, result)
    if pending == mine then
      pending = nil
    end
    local is_here = api.nvim_get_current_buf() == bufnr and api.nvim_get_mode().mode:sub(1, 1) == 'i'
    if not is_here or api.nvim_buf_get_changedtick(bufnr) ~= tick then
      return
    end
    if not vim.deep_equal(api.nvim_win_get_cursor(0), cursor) then
      return
    end
    local item = not err and result and (result.items or result)[1]
    if item and type(item.insertText) == 'string' then
      show(bufnr, client, item)
    else
      clear()
    end
  end
  -- With the buffer's number, never 0, so that the server has the text first.
  pending = mine
  mine.id = select(2, server.request(client, METHOD, params, answered, bufnr))
end

-- The key as if it were not ours: what it is mapped to otherwise, or itself.
local function pass_on(lhs, earlier)
  local raw = vim.keycode(lhs)
  local map = earlier
  for _, each in ipairs(map and {} or api.nvim_get_keymap('i')) do
    if each.lhsraw == raw then
      map = each
    end
  end
  if not map then
    api.nvim_feedkeys(raw, 'ni', false)
    return
  end
  local keys = map.rhs
  if map.callback then
    keys = map.callback()
    if map.expr ~= 1 then
      return
    end
  elseif map.expr == 1 then
    keys = api.nvim_eval(map.rhs)
  end
  if type(keys) == 'string' and keys ~= '' then
    api.nvim_feedkeys(vim.keycode(keys), map.noremap == 1 and 'ni' or 'mi', false)
  end
end

local function map(bufnr, lhs, desc, act)
  if not lhs then
    return
  end
  local earlier = vim.fn.maparg(lhs, 'i', false, true)
  if earlier.buffer ~= 1 then
    earlier = nil -- one for all buffers is looked for when it is needed
  end
  vim.keymap.set('i', lhs, function()
    local function otherwise()
      pass_on(lhs, earlier)
    end
    if not act(otherwise) then
      otherwise()
    end
  end, { buffer = bufnr, desc = 'Speedproof: ' .. desc })
end

local function map_keys(bufnr)
  if vim.b[bufnr].speedproof_keys then
    return
  end
  local keys = require('speedproof').options.keys
  for name, part in pairs({ accept = 'all', accept_word = 'word', accept_line = 'line' }) do
    map(bufnr, keys[name], 'take the suggestion: ' .. part, function(otherwise)
      return accept_now(part, otherwise)
    end)
  end
  map(bufnr, keys.dismiss, 'dismiss the suggestion', M.dismiss)
  vim.b[bufnr].speedproof_keys = true
end

-- Neovim's own colours for it are none where a terminal has few: there a suggestion would look as if it had been typed.
local function set_colours()
  local name = native and 'ComplHint' or 'NonText'
  local colours = api.nvim_get_hl(0, { name = name, link = false })
  if native and not colours.ctermfg then
    api.nvim_set_hl(0, name, vim.tbl_extend('force', colours, { ctermfg = 8 }))
  end
  colours = vim.tbl_extend('keep', colours, { ctermfg = 8 })
  api.nvim_set_hl(0, 'SpeedproofSuggestion', vim.tbl_extend('force', colours, { default = true }))
end

-- Neovim tells when it asks and is answered, and no more.
local function follow_native(bufnr, group)
  api.nvim_create_autocmd('LspRequest', {
    group = group,
    buffer = bufnr,
    callback = function(event)
      local id, request = event.data.request_id, event.data.request
      if request.method ~= METHOD then
        return
      elseif request.type == 'pending' then
        asked[id] = api.nvim_win_get_cursor(0)[2]
        return
      end
      local col, before = asked[id], shown
      asked[id] = nil
      if request.type == 'complete' and col then
        answered_col = col
      end
      if request.type == 'complete' and before and before.until_answer then
        vim.schedule(function() -- Neovim has shown its own by then
          if shown == before then
            clear()
          end
        end)
      end
    end,
  })
end

--- Suggestions for a buffer while typing, and the keys that take them.
function M.attach(bufnr)
  set_colours()
  api.nvim_create_autocmd('ColorScheme', {
    group = api.nvim_create_augroup('speedproof.colours', {}),
    callback = set_colours,
  })
  map_keys(bufnr)
  if native then
    native.enable(true, { bufnr = bufnr }) -- for the client, Neovim would never let go of the buffer
  end
  local group = api.nvim_create_augroup('speedproof.suggestion.' .. bufnr, {})
  local is_due = false
  api.nvim_create_autocmd({ 'InsertEnter', 'TextChangedI', 'TextChangedP', 'CursorMovedI' }, {
    group = group,
    buffer = bufnr,
    callback = function()
      render()
      if native or is_due then
        return
      end
      is_due = true -- one keystroke is two events
      vim.schedule(function()
        is_due = false
        if api.nvim_get_current_buf() == bufnr and api.nvim_get_mode().mode:sub(1, 1) == 'i' then
          M.ask('automatic')
        end
      end)
    end,
  })
  api.nvim_create_autocmd({ 'InsertLeave', 'BufLeave' }, {
    group = group,
    buffer = bufnr,
    callback = function()
      cancel()
      clear()
    end,
  })
  if native then
    follow_native(bufnr, group)
  end
end

return M
