package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// report is what a run found.
type report struct {
	lab      *lab
	began    time.Time
	others   int // percent of the machine that other programs took meanwhile
	measures []measure
}

func (r *report) add(of row, measures []measure) {
	for _, m := range measures {
		m.Row = of.name
		r.measures = append(r.measures, m)
	}
}

// print writes the table for a terminal.
func (r *report) print(w io.Writer) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "row\tof\tmedian\trounds\tmark\t\tabsolute, for orientation")
	for _, m := range r.measures {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", m.Row, m.Of, m.Median(), m.Spread(), m.Mark, r.verdict(m), m.Detail)
	}
	_ = table.Flush() // it writes where everything else is written
	fmt.Fprintf(w, "\nOther programs took %d %% of the machine meanwhile.\n", r.others)
}

// verdict tells whether a measure is at its mark. A smoke run has too little data to say.
func (r *report) verdict(m measure) string {
	if r.lab.smoke {
		return "not judged"
	}
	return m.verdict()
}
