-- Runs when the plugin is loaded: the command is there, and the server starts with the first Python file.
-- Scheduled, so that settings made right behind the plugin manager's loading still count.

if vim.g.loaded_speedproof then
  return
end
vim.g.loaded_speedproof = true

if vim.fn.has('nvim-0.10') == 0 then
  vim.notify('Speedproof needs Neovim 0.10 or newer', vim.log.levels.ERROR)
  return
end

vim.api.nvim_create_user_command('Speedproof', function(call)
  require('speedproof.commands').run(call)
end, {
  nargs = '*',
  desc = 'Speedproof: proved performance edits',
  complete = function(lead, line)
    return require('speedproof.commands').complete(lead, line)
  end,
})

vim.schedule(function()
  require('speedproof').start()
end)
