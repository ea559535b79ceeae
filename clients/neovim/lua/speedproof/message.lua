-- What the user is told.

local M = {}

local LEVELS = { vim.log.levels.ERROR, vim.log.levels.WARN, vim.log.levels.INFO, vim.log.levels.DEBUG }
local HIGHLIGHTS = { [vim.log.levels.ERROR] = 'ErrorMsg', [vim.log.levels.WARN] = 'WarningMsg' }

--- By the user's own `vim.notify`, if there is one. Neovim's would stop whoever is typing with a prompt where a message
--- is longer than the line; this shortens it there, and `:messages` has all of it.
---@param text string
---@param level? integer
function M.say(text, level)
  local source = debug.getinfo(vim.notify, 'S').source
  if source ~= '?' and not vim.startswith(source, '@vim/') then -- Neovim's own has one of these, as it was built
    vim.notify(text, level)
    return
  end
  vim.cmd.echohl(HIGHLIGHTS[level] or 'None')
  vim.cmd.echomsg(vim.fn.string((text:gsub('\n', ' '))))
  vim.cmd.echohl('None')
end

--- The handler of `window/showMessage`.
function M.on_show(_, params)
  M.say(params.message, LEVELS[params.type])
end

return M
