package figures

import (
	"slices"
	"time"

	"earshot/server/programme"
)

// fewest is the smallest number of people, or of things said, that is told to
// somebody outside the desk.
const fewest = 5

// Board gives the figures of a calendar quarter for those who see no single view.
// No volunteer is in it, no day, and no count of fewer than five things said, nor
// another from which such a one could be worked out.
//
// What people said is counted there only once the quarter is over: of a count that is
// shown as it grows, each step is one of the few. Visits, matters and what was decided
// of them are no secret to these readers, and always there.
func (f *Facts) Board(p Period, now time.Time) Report {
	r := f.board(p, now)
	r.Before = f.board(p.Before(), now).Now
	return r
}

func (f *Facts) board(p Period, now time.Time) Report {
	r := f.Report(p, now)
	r.Volunteers = nil
	r.Themes = slices.DeleteFunc(r.Themes, func(t Theme) bool { return f.parents[f.names.of(t.Theme)] != none })
	for i := range r.Services {
		s := &r.Services[i]
		s.Heard, s.Last = nil, weekOf(s.Last)
	}
	for i := range r.Loop {
		r.Loop[i].Oldest = weekOf(r.Loop[i].Oldest)
	}
	if !r.Over {
		r.withholdAll()
		return r
	}
	r.withholdFew()
	return r
}

// weekOf gives the Monday before a day.
func weekOf(date string) string {
	at, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return ""
	}
	return programme.Monday(at).Format(time.DateOnly)
}

func (r *Report) withholdAll() {
	r.Now.Views, r.Now.Spoken, r.Now.Declined, r.Now.Answer = Withheld, Withheld, Withheld, nil
	for i := range r.Services {
		r.Services[i].Views, r.Services[i].Spoken = Withheld, Withheld
	}
	for i := range r.Themes {
		r.Themes[i].Views, r.Themes[i].Heard = Withheld, nil
	}
	withhold(pick(r.Themes, func(t *Theme) *Count { return &t.Before }))
	r.Kinds, r.Methods = []Named{}, []Named{}
	for i := range r.Loop {
		s := &r.Loop[i]
		s.N, s.Half, s.Slow, s.Waiting = Withheld, nil, nil, Withheld
	}
}

func (r *Report) withholdFew() {
	// Each of these lists adds up to the same total.
	lists := [][]*Count{
		pick(r.Services, func(s *Service) *Count { return &s.Views }),
		pick(r.Kinds, func(n *Named) *Count { return &n.N }),
		pick(r.Methods, func(n *Named) *Count { return &n.N }),
	}
	total := r.Now.Views
	for _, list := range lists {
		if !withhold(list) {
			total = Withheld
		}
	}
	if !withhold(pick(r.Services, func(s *Service) *Count { return &s.Spoken })) {
		r.Now.Spoken = Withheld
	}
	r.Now.Views, r.Now.Spoken, r.Now.Declined = few(total), few(r.Now.Spoken), few(r.Now.Declined)
	if r.Now.Views == Withheld {
		// A whole list would give the total.
		for _, list := range lists {
			withholdOne(list)
		}
	}
	if r.Now.Spoken == Withheld {
		withholdOne(pick(r.Services, func(s *Service) *Count { return &s.Spoken }))
	}
	// Where every view has one theme these too add up to the total, or nearly.
	withhold(pick(r.Themes, func(t *Theme) *Count { return &t.Views }))
	withhold(pick(r.Themes, func(t *Theme) *Count { return &t.Before }))
	for i := range r.Themes {
		r.Themes[i].Heard = nil
	}
	r.withholdSteps()
}

// withholdSteps sees to it that neither a step nor what lies between two that are
// shown is of the few.
func (r *Report) withholdSteps() {
	shown, whole := r.Now.Views, true
	for i := range r.Loop {
		s := &r.Loop[i]
		between := shown - s.N
		if few(s.N) == Withheld || shown == Withheld || few(between) == Withheld {
			s.N, s.Half, s.Slow, whole = Withheld, nil, nil, false
			continue
		}
		shown = s.N
	}
	for i := range r.Loop {
		// What waits at a step is, in a young DAT, just what lies between two.
		if s := &r.Loop[i]; !whole || few(s.Waiting) == Withheld {
			s.Waiting = Withheld
		}
	}
	if r.Loop[answered].N == Withheld {
		r.Now.Answer = nil
	}
}

func few(n Count) Count {
	if n > 0 && n < fewest {
		return Withheld
	}
	return n
}

func pick[T any](list []T, of func(*T) *Count) []*Count {
	all := make([]*Count, len(list))
	for i := range list {
		all[i] = of(&list[i])
	}
	return all
}

// withhold withholds the few of a list of which the sum is known, and as many more, the
// smallest first, as it takes for nobody to work them out: at least two are withheld,
// and what they come to lets each be any number from one to five or more. It says
// whether that could be reached; where it could not, the sum must not be said either.
func withhold(list []*Count) bool {
	var hidden, sum Count
	for _, n := range list {
		if few(*n) == Withheld {
			hidden, sum = hidden+1, sum+*n
			*n = Withheld
		}
	}
	for hidden > 0 && (hidden < 2 || sum < hidden-1+fewest) {
		least := least(list)
		if least == nil {
			return false
		}
		hidden, sum = hidden+1, sum+*least
		*least = Withheld
	}
	return true
}

// withholdOne sees to it that a list does not give its sum away.
func withholdOne(list []*Count) {
	if slices.ContainsFunc(list, func(n *Count) bool { return *n == Withheld }) {
		return
	}
	if least := least(list); least != nil {
		*least = Withheld
	}
}

// least is the smallest count of a list that is shown and not zero; nil where there is none.
func least(list []*Count) (least *Count) {
	for _, n := range list {
		if *n > 0 && (least == nil || *n < *least) {
			least = n
		}
	}
	return least
}
