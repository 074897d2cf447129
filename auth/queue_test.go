package auth

import (
	"slices"
	"testing"
)

// order empties a queue and says whose jobs came.
func order(q *queue) (tokens []int64) {
	for len(q.lines) > 0 {
		token := q.lines[0].token
		q.pop()
		tokens = append(tokens, token)
	}
	return tokens
}

func filled(most int, tokens ...int64) *queue {
	q := &queue{most: most}
	for _, token := range tokens {
		q.push(token, new(job))
	}
	return q
}

func TestTokensTakeTurns(t *testing.T) {
	for _, test := range []struct{ came, want []int64 }{
		{nil, nil},
		{[]int64{1, 1, 1}, []int64{1, 1, 1}},
		{[]int64{1, 1, 1, 2}, []int64{1, 2, 1, 1}},
		{[]int64{1, 1, 1, 2, 2, 3, 1}, []int64{1, 2, 3, 1, 2, 1, 1}},
	} {
		q := filled(10, test.came...)
		if q.length != len(test.came) {
			t.Errorf("%v: length %d", test.came, q.length)
		}
		if got := order(q); !slices.Equal(got, test.want) || q.length != 0 || q.pop() != nil {
			t.Errorf("%v came, %v went, want %v; %d are left", test.came, got, test.want, q.length)
		}
	}
}

func TestWhatWaitsForATokenKeepsItsOrder(t *testing.T) {
	q, jobs := &queue{most: 3}, []*job{new(job), new(job), new(job)}
	for _, j := range jobs {
		q.push(1, j)
	}
	for i, want := range jobs {
		if q.pop() != want {
			t.Errorf("turn %d is another's", i)
		}
	}
}

// A full queue refuses the token that has most in it, and of equals the one that comes.
func TestFullQueue(t *testing.T) {
	for _, test := range []struct {
		name   string
		in     []int64
		comes  int64
		itself bool // who comes is refused
		left   []int64
	}{
		{"alone", []int64{1, 1, 1, 1}, 1, true, []int64{1, 1, 1, 1}},
		{"one beside a storm", []int64{1, 1, 1, 1}, 2, false, []int64{1, 2, 1, 1}},
		{"the storm goes on", []int64{1, 1, 2, 1}, 1, true, []int64{1, 2, 1, 1}},
		{"as many as another", []int64{1, 1, 2, 2}, 2, true, []int64{1, 2, 1, 2}},
		{"a third", []int64{1, 1, 2, 2}, 3, false, []int64{1, 2, 3, 2}},
		{"one more of many", []int64{1, 2, 3, 4}, 5, true, []int64{1, 2, 3, 4}},
	} {
		t.Run(test.name, func(t *testing.T) {
			q, comes := filled(4, test.in...), new(job)
			refused := q.push(test.comes, comes)
			if refused == nil || (refused == comes) != test.itself {
				t.Errorf("refused itself: %v", refused == comes)
			}
			if got := order(q); !slices.Equal(got, test.left) {
				t.Errorf("left are %v, want %v", got, test.left)
			}
		})
	}
}

func TestLeavingTheQueue(t *testing.T) {
	q, j := filled(10, 1, 2), new(job)
	q.push(1, j)
	for _, token := range []int64{3, 2, 1, 1} { // no such line, another's, its own, gone
		q.remove(token, j)
	}
	if got := order(q); !slices.Equal(got, []int64{1, 2}) || q.length != 0 {
		t.Errorf("left are %v, length %d", got, q.length)
	}
}
