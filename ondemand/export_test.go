package ondemand

import "time"

// SetPatience changes how long the service has for a question.
func (c *Client) SetPatience(d time.Duration) { c.patience = d }
