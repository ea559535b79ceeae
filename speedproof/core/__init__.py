"""Plain data that every other part shares. Imports nothing else of Speedproof and runs nothing."""
