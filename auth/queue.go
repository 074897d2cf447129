package auth

import "slices"

// queue holds jobs of many tokens, which take turns: a token with one job waits for no more than one of each other.
type queue struct {
	lines  []*line // of each token that has jobs here; the first's turn is next
	length int     // in all
	most   int     // jobs that it holds
}

// line is what waits for one token, oldest first.
type line struct {
	token int64
	jobs  []*job
}

// push adds a job. It gives the one that has no room then, if the queue was full: the newest of the token with most.
func (q *queue) push(token int64, j *job) (refused *job) {
	at := q.find(token)
	if at < 0 {
		at = len(q.lines)
		q.lines = append(q.lines, &line{token: token})
	}
	q.lines[at].jobs = append(q.lines[at].jobs, j)
	q.length++
	if q.length <= q.most {
		return nil
	}
	longest := at // and where others have as many, who came last makes room
	for i, l := range q.lines {
		if len(l.jobs) > len(q.lines[longest].jobs) {
			longest = i
		}
	}
	return q.take(longest, len(q.lines[longest].jobs)-1)
}

// pop takes the job whose turn it is, nil from an empty queue.
func (q *queue) pop() *job {
	if len(q.lines) == 0 {
		return nil
	}
	first := q.lines[0]
	j := q.take(0, 0)
	if len(first.jobs) > 0 {
		q.lines = append(slices.Delete(q.lines, 0, 1), first)
	}
	return j
}

// remove takes a job out of turn, if it is still there.
func (q *queue) remove(token int64, j *job) bool {
	at := q.find(token)
	if at < 0 {
		return false
	}
	i := slices.Index(q.lines[at].jobs, j)
	if i >= 0 {
		q.take(at, i)
	}
	return i >= 0
}

func (q *queue) find(token int64) int {
	return slices.IndexFunc(q.lines, func(l *line) bool { return l.token == token })
}

// take takes a line's job, and the line with its last.
func (q *queue) take(at, i int) *job {
	l := q.lines[at]
	j := l.jobs[i]
	l.jobs = slices.Delete(l.jobs, i, i+1)
	q.length--
	if len(l.jobs) == 0 {
		q.lines = slices.Delete(q.lines, at, at+1)
	}
	return j
}
