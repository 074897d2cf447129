package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// lookTime is how long one look at a server may take.
const lookTime = 2 * time.Second

// look gets a page of a server's management, and reads its JSON into v where that is not nil.
func look(ctx context.Context, url string, v any) (status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	if v != nil {
		err = json.NewDecoder(response.Body).Decode(v)
	}
	return response.StatusCode, err
}

// expect looks at a page and wants a status.
func expect(ctx context.Context, url string, want int) error {
	status, err := look(ctx, url, nil)
	if err == nil && status != want {
		err = fmt.Errorf("%s answers %d", url, status)
	}
	return err
}
