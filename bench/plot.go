package main

import (
	"fmt"
	"image/color"
	"path/filepath"
	"slices"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const (
	plotWidth  = 24 * vg.Centimeter
	lineHeight = 1 * vg.Centimeter
)

// margin is how far a value is from its mark: 1 is at it, 2 twice as good.
func (m measure) margin(value float64) float64 {
	if m.Mark.atLeast {
		return value / m.Mark.limit
	}
	return m.Mark.limit / value
}

// margins places what was measured by how far it is from its mark: the median of the rounds, with the least and the most.
type margins []measure

// Len is the number of measures.
func (m margins) Len() int { return len(m) }

// XY places a measure; the first of them is at the top.
func (m margins) XY(i int) (x, y float64) {
	return m[i].margin(m[i].value()), float64(len(m) - 1 - i)
}

// XError is how far the rounds lie from the median.
func (m margins) XError(i int) (low, high float64) {
	x, _ := m.XY(i)
	for _, value := range m[i].Values {
		at := m[i].margin(value)
		low, high = max(low, x-at), max(high, at-x)
	}
	return low, high
}

// plotMargins draws every measure that has a mark against it.
func plotMargins(dir string, measures []measure) error {
	all := slices.DeleteFunc(slices.Clone(measures), func(m measure) bool { return !m.Mark.given() })
	p := plot.New()
	p.Title.Text = "How far from its mark: to the right of the line is better"
	p.X.Label.Text = "1 = the mark"
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	dots, err := plotter.NewScatter(margins(all))
	if err != nil {
		return err
	}
	dots.GlyphStyle = draw.GlyphStyle{Color: plotutil.Color(2), Radius: vg.Points(4), Shape: draw.CircleGlyph{}}
	spread, err := plotter.NewXErrorBars(margins(all))
	if err != nil {
		return err
	}
	mark, err := plotter.NewLine(plotter.XYs{{X: 1, Y: -0.5}, {X: 1, Y: float64(len(all)) - 0.5}})
	if err != nil {
		return err
	}
	mark.Color = color.RGBA{R: 200, A: 255}
	p.Add(plotter.NewGrid(), mark, spread, dots)
	names := make([]string, len(all))
	for i, m := range all {
		names[len(all)-1-i] = fmt.Sprintf("  %s, %s", m.Row, m.Of) // room for letters that are wider than they are taken for
	}
	p.NominalY(names...)
	return p.Save(plotWidth, lineHeight*vg.Length(len(all)+3), filepath.Join(dir, "benchmarks.svg"))
}

// plotLatency draws the latencies of both sides, percentile by percentile.
func plotLatency(dir string, m measure) (name string, err error) {
	p := plot.New()
	p.Title.Text = m.Row + ": how long an answer takes"
	p.X.Label.Text, p.Y.Label.Text = "percentile", "ms"
	p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	for i, one := range []struct {
		name    string
		samples []sample
	}{{m.Sides[0], m.Curves.ours}, {m.Sides[1], m.Curves.theirs}} {
		var points plotter.XYs
		for n, percentile := range percentiles {
			at := time.Duration(middle(one.samples, byLatency(percentile)))
			points = append(points, plotter.XY{X: float64(n), Y: max(at.Seconds()*1e3, 1e-3)})
		}
		line, err := plotter.NewLine(points)
		if err != nil {
			return "", err
		}
		line.Color, line.Width = plotutil.Color(i), vg.Points(2)
		p.Add(line)
		p.Legend.Add(one.name, line)
	}
	var ticks []string
	for _, percentile := range percentiles {
		ticks = append(ticks, fmt.Sprint(percentile))
	}
	p.Add(plotter.NewGrid())
	p.NominalX(ticks...)
	p.Legend.Top, p.Legend.Left = true, true
	name = "benchmarks-latency-" + m.Row + ".svg"
	return name, p.Save(plotWidth, plotWidth/2, filepath.Join(dir, name))
}
