"""The five verbs, one file each: read rows, call pure functions, one effect, write rows. No job calls another."""
