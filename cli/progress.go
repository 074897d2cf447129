package cli

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress shows a bar to a person at a terminal, and nothing to anybody else. end leaves the line behind.
func progress(w io.Writer, what string) (show func(done, total int), end func()) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return func(int, int) {}, func() {}
	}
	var bar *progressbar.ProgressBar
	show = func(done, total int) {
		if bar == nil { // one without a total would draw by itself, beside us
			bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(what),
				progressbar.OptionShowCount(), progressbar.OptionThrottle(50*time.Millisecond))
		}
		bar.ChangeMax(total)
		_ = bar.Set(done) // what a terminal cannot show is not worth failing for
	}
	return show, func() { fmt.Fprintln(w) }
}
