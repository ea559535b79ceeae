-- Verdicts above functions. Neovim 0.12 keeps them up to date itself; below it they are asked for again here.

local M = {}

local codelens = vim.lsp.codelens

--- Asks for the verdicts of all visible buffers anew.
function M.refresh()
  if codelens.enable then
    return
  end
  for _, window in ipairs(vim.api.nvim_tabpage_list_wins(0)) do
    local bufnr = vim.api.nvim_win_get_buf(window)
    if require('speedproof.server').client(bufnr) then
      codelens.refresh({ bufnr = bufnr })
    end
  end
end

function M.attach(bufnr, client)
  if codelens.enable then
    codelens.enable(true, { client_id = client.id })
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
