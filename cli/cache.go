package cli

import (
	"path/filepath"

	"panelgate/store"
	"panelgate/tiercache"
)

// cacheFlags are about the answers that are kept until what they show changes.
type cacheFlags struct {
	CacheSize uint `name:"cache-size" default:"64" placeholder:"MB" help:"Memory for answers that are kept until what they show changes; 0 keeps none."`
	CacheFile uint `name:"cache-file" default:"1024" placeholder:"MB" help:"Room beside the database, at most, for kept answers that the memory has none for; 0 for none. It is taken as it is needed, and given back when the server ends or the disk is full."`
}

// openCache makes the cache of answers, whose file is in the folder of the database. Where none are to be kept there is
// none, which is not an error.
func (f *cacheFlags) openCache(db string) (cache *tiercache.Cache, end func(), err error) {
	if f.CacheSize == 0 || store.OnServer(db) {
		return nil, func() {}, nil
	}
	cache, err = tiercache.Open(tiercache.Options{Memory: int64(f.CacheSize) << 20, File: int64(f.CacheFile) << 20, Folder: filepath.Dir(db)})
	if err != nil {
		return nil, nil, err
	}
	return cache, func() { _ = cache.Close() }, nil
}
