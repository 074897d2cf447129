package main

import (
	"strings"
	"testing"
	"time"
)

func TestMarksAreJudgedAsPrinted(t *testing.T) {
	for _, c := range []struct {
		values []float64
		mark   mark
		text   string
		ok     bool
	}{
		{[]float64{0.9, 1.1, 1}, atLeast(1), "1.00 ×", true},
		{[]float64{0.9, 0.94, 2}, atLeast(1), "0.94 ×", false},
		{[]float64{1.1, 1.3}, atMost(1.2), "1.20 ×", true},
		{[]float64{129}, mark{limit: 128, unit: "MiB"}, "129 MiB", false},
	} {
		m := measure{Values: c.values, Mark: c.mark}
		if m.Median() != c.text || m.reached() != c.ok {
			t.Errorf("%v with mark %v: %s, reached %t; want %s, %t", c.values, c.mark, m.Median(), m.reached(), c.text, c.ok)
		}
	}
}

func TestMarginIsAboveOneWhereTheMarkIsReached(t *testing.T) {
	if got := (measure{Mark: atLeast(10)}).margin(20); got != 2 {
		t.Errorf("20 where 10 are to be reached: margin %v, want 2", got)
	}
	if got := (measure{Mark: atMost(2)}).margin(4); got != 0.5 {
		t.Errorf("4 where 2 are allowed: margin %v, want 0.5", got)
	}
}

func TestRatiosCompareSamplesOfOneRound(t *testing.T) {
	r := rounds{ours: []sample{{rate: 10}, {rate: 300}}, theirs: []sample{{rate: 5}, {rate: 100}}}
	if got := r.ratios(byRate); got[0] != 2 || got[1] != 3 {
		t.Errorf("ratios %v, want [2 3]", got)
	}
}

func TestLoadCountsTheBytesThatAreSent(t *testing.T) {
	l := load{url: "http://127.0.0.1:80/spanel/api.php", form: "a=" + randomAccount + "&b=" + serialNumber}
	wire, err := l.wire()
	if err != nil {
		t.Fatal(err)
	}
	if want := `Content-Length: 22\r\n\r\na=" .. account .. "&b=" .. number .. ""`; !strings.HasSuffix(wire, want) {
		t.Errorf("the request is %s, want it to end with %s", wire, want)
	}
}

func TestSampleRefusesLostAndRefusedCalls(t *testing.T) {
	const latencies = " 1 2 3 4 5 6 7 8 9\n"
	s, err := readSample("noise\nresult 2000 1000000 0 0" + latencies)
	if err != nil || s.rate != 2000 || s.at(50) != 3*time.Microsecond {
		t.Errorf("sample %+v, error %v", s, err)
	}
	for _, bad := range []string{"nothing", "\nresult 0 1 0 0" + latencies, "\nresult 9 1 1 0" + latencies, "\nresult 9 1 0 1" + latencies} {
		if _, err := readSample(bad); err == nil {
			t.Errorf("%q is taken for a sample", bad)
		}
	}
}
