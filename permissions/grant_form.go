package permissions

import (
	"fmt"
	"net/url"
	"strconv"
)

// EncodeValues adds the grant to a form under key, as PHP's http_build_query writes it: permissions=all,
// permissions[email]=all, permissions[domain][0]=domains. None is written out, for some actions take an omitted field
// for all. The method makes Grant an Encoder of github.com/google/go-querystring. It refuses a category that is no
// name, since brackets may not hold it; no catalogue has one.
func (g Grant) EncodeValues(key string, v *url.Values) error {
	if g.all {
		v.Set(key, wordAll)
		return nil
	}
	if g.IsNone() {
		v.Set(key, wordNone)
		return nil
	}
	for _, e := range g.entries {
		if err := checkName(e.category); err != nil {
			return fmt.Errorf("category %s: %w", quote(e.category), err)
		}
		field := key + "[" + e.category + "]"
		if e.all {
			v.Set(field, wordAll)
		}
		for i, page := range e.pages {
			v.Set(field+"["+strconv.Itoa(i)+"]", page)
		}
	}
	return nil
}
