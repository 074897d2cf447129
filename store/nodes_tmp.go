package store

func (s *Store) Nodes() int { return 1 }
