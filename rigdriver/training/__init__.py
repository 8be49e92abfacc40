"""Teaching the network: takes from many sets, the articulatory teacher, the loop, the export. Needs `[train]`."""
