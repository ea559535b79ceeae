-- Speedproof for Neovim: settings, the start, and what users call. Everything that matters happens in the server.

local M = {}

---@class speedproof.Keys Insert mode; false: no key.
---@field accept string|false
---@field accept_word string|false
---@field accept_line string|false
---@field dismiss string|false

---@class speedproof.Options
---@field cmd string[] What starts the server.
---@field settings table<string, any> The section `speedproof` of the editor's settings, see docs/settings.md.
---@field suggestions boolean Show suggestions while typing.
---@field code_lens boolean Show verdicts above functions.
---@field keys speedproof.Keys
M.options = {
  cmd = { 'speedproof', 'serve' },
  settings = {},
  suggestions = true,
  code_lens = true,
  keys = { accept = '<Tab>', accept_word = '<M-w>', accept_line = '<M-l>', dismiss = '<C-]>' },
}

local is_started = false

--- Settings other than the defaults. Not needed for the defaults.
---@param options? speedproof.Options
function M.setup(options)
  M.options = vim.tbl_deep_extend('force', M.options, options or {})
  M.start()
end

--- Has the server started with Python files; once.
function M.start()
  if is_started then
    return
  end
  is_started = true
  M.options = vim.tbl_deep_extend('force', M.options, vim.g.speedproof or {})
  require('speedproof.progress').watch()
  require('speedproof.server').enable()
end

--- Takes what is suggested: all of it, a word or a line. What is left goes on being shown.
---@param part? 'all'|'word'|'line'
---@return boolean whether there was a suggestion
function M.accept(part)
  return require('speedproof.suggestion').accept(part or 'all')
end

--- Asks for a suggestion at the cursor, also where none is made while typing.
function M.suggest()
  require('speedproof.suggestion').ask('invoked')
end

--- Takes the suggestion from the screen.
---@return boolean whether there was one
function M.dismiss()
  return require('speedproof.suggestion').dismiss()
end

--- For a status line: what is under way, else that the server runs for this buffer, else nothing.
---@return string
function M.statusline()
  return require('speedproof.progress').statusline()
end

return M
