package cli

import (
	"fmt"
	"log/slog"
	"path/filepath"

	"panelgate/store"
	"panelgate/tiercache"
)

// cacheFlags are about the answers that are kept until what they show changes.
type cacheFlags struct {
	CacheSize uint64 `name:"cache-size" default:"64" placeholder:"MB" help:"Memory for answers that are kept until what they show changes; 0 keeps none. None are kept of a database on PostgreSQL, where other servers write too."`
	CacheFile uint64 `name:"cache-file" default:"1024" placeholder:"MB" help:"Room beside the database, at most, for kept answers that the memory has none for; 0 for none. It is given back when the server ends or the disk is full."`
}

// mostCache is the most MB that either may be.
const mostCache = 1 << 20

func (f *cacheFlags) check() error {
	if f.CacheSize > mostCache || f.CacheFile > mostCache {
		return usageError{fmt.Sprintf("--cache-size and --cache-file: want a number of MB, at most %d", mostCache)}
	}
	return nil
}

// openCache makes the cache of answers, with its file in the folder of the database; nil where none are to be kept. It is
// never closed: calls that come late may still ask it, and what it has is gone with the process.
func (f *cacheFlags) openCache(db string, log *slog.Logger) (*tiercache.Cache, error) {
	if f.CacheSize == 0 || store.OnServer(db) {
		return nil, nil
	}
	if file, err := filepath.EvalSymlinks(db); err == nil {
		db = file
	}
	cache, err := tiercache.Open(tiercache.Options{Memory: int64(f.CacheSize) << 20, File: int64(f.CacheFile) << 20, Folder: filepath.Dir(db),
		Lost: func(err error) {
			log.Warn("answers are kept in memory only, until the next start", "error", err)
		}})
	if err != nil {
		return nil, fmt.Errorf("--cache-size %d: %w", f.CacheSize, err)
	}
	return cache, nil
}
