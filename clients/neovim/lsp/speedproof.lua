-- For vim.lsp.config() of Neovim 0.11 and newer; what stands in a user's own vim.lsp.config('speedproof', …) comes on top.
return require('speedproof.server').config()
