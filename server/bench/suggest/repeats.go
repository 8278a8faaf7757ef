package main

import (
	"math/rand/v2"
	"time"

	"earshot/server/desk/suggest"
)

// A question is a view that may repeat one that is here.
type question struct {
	view  suggest.View
	right string // the view that it repeats; "": none
	kind  string
	words int // of what it was made from
}

// different people's answers are asked as they are; hardOnes is what they are called
// where somebody spoke of the same theme at the same service.
const (
	differentOnes = "another person's answer"
	hardOnes      = "another person's, same theme and service"
	awayOnes      = "a repeat of what is not here"
)

// repeats divides rows by person: six of ten have been heard before; of each of
// these a repeat is made, and of each of the others too, whose original is not
// there. The others are asked as they are. What stands around a repeat is taken
// from people who were not heard.
func repeats(rows []row, seed uint64) (heard []row, questions []question) {
	dice := rand.New(rand.NewPCG(seed, 9))
	var away []row
	for _, r := range rows {
		switch {
		case r.Words == "":
		case number("heard", r.person)%10 < 6:
			heard = append(heard, r)
		default:
			away = append(away, r)
		}
	}
	type place struct{ theme, service string }
	spoken := map[place]bool{}
	for _, r := range heard {
		for _, theme := range r.Themes {
			spoken[place{theme, r.Service}] = true
		}
	}
	made := func(r row, right, kind string) {
		w, other := ways[dice.IntN(len(ways))], away[dice.IntN(len(away))]
		if kind == "" {
			kind = w.name
		}
		q := question{view: r.View, right: right, kind: kind, words: len(words(r.Words))}
		q.view.ID, q.view.Words = "made of "+r.ID, w.make(dice, r.Words, other.Words)
		if q.view.Day += dice.IntN(28); dice.IntN(10) == 0 {
			q.view.Service = other.Service
		}
		questions = append(questions, q)
	}
	for _, r := range heard {
		made(r, r.ID, "")
	}
	for _, r := range away {
		kind := differentOnes
		for _, theme := range r.Themes {
			if spoken[place{theme, r.Service}] {
				kind = hardOnes
			}
		}
		questions = append(questions, question{view: r.View, kind: kind, words: len(words(r.Words))})
		made(r, "", awayOnes)
	}
	return heard, questions
}

// A count is of questions of one kind.
type count struct{ asked, right, wrong int }

// A finding is what was found of many questions.
type finding struct {
	repeats, right, wrong int
	different, alarms     int // views that repeat nothing, and those of them that were said to
	kinds                 map[string]count
	took                  time.Duration // the mean of one
}

func (f finding) precision() float64 { return float64(f.right) / float64(max(f.right+f.wrong, 1)) }
func (f finding) recall() float64    { return float64(f.right) / float64(max(f.repeats, 1)) }

// find asks; least is of how many words what is asked was made at least.
func find(rows []row, least int) finding {
	heard, questions := repeats(rows, 1)
	index := suggest.NewRepeats()
	for i := range heard {
		index.Add(&heard[i].View)
	}
	f := finding{kinds: map[string]count{}}
	began := time.Now()
	for _, q := range questions {
		if q.words < least {
			continue
		}
		found, ok := index.Find(&q.view)
		kind := f.kinds[q.kind]
		kind.asked++
		if q.right != "" {
			f.repeats++
		} else {
			f.different++
		}
		switch {
		case ok && found.View == q.right:
			f.right++
			kind.right++
		case ok:
			f.wrong++
			kind.wrong++
			if q.right == "" {
				f.alarms++
			}
		}
		f.kinds[q.kind] = kind
	}
	f.took = time.Since(began) / time.Duration(len(questions))
	return f
}
