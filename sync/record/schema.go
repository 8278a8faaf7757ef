package record

// Kind is how changes to a field meet that did not see each other.
type Kind uint8

// The six kinds of field.
const (
	Register Kind = iota // the later one is the value, a different loser is kept
	Narrow               // values have an order; the narrowest ever set stands
	Set                  // values merge
	Log                  // entries are only added
	Once                 // only the device that makes the record sets it
	Steps                // a status with permitted steps; otherwise a register
)

func (k Kind) String() string {
	return [...]string{"register", "narrow", "set", "log", "once", "steps"}[k]
}

// Type is what a value may be.
type Type uint8

// The types of value.
const (
	String  Type = iota // Max in code points
	Integer             // between Min and Max
	Boolean
	Date    // YYYY-MM-DD
	Instant // RFC 3339, kept in UTC
	Enum    // one of Values
	Ref     // the id of a record of collection Target
	Object  // a JSON object or array, judged by Field.Shape
)

func (t Type) String() string {
	return [...]string{"string", "integer", "boolean", "date", "time", "enum", "id", "object"}[t]
}

// A Field is declared once, and everything follows from that.
type Field struct {
	Name string
	Kind Kind
	Type Type
	// Values: of an Enum; for Narrow from the widest to the narrowest; for Steps
	// in the usual order, the first is where a record starts by itself.
	Values []string
	Min    int64
	// Max is code points of a String, the greatest Integer, canonical bytes of an
	// Object; 0 means the default (2,000 code points; no bound but that of a safe
	// integer; 16 KiB).
	Max      int64
	Target   string // collection that a Ref names
	Required bool   // must be there when the record is made and no Default, Fill or Derive gives it
	Default  Value  // what it starts as by itself
	// Fill names what the server fills in when the making op leaves it out:
	// "time" (the op's corrected time), "member" (the writer), or "".
	Fill string
	// Derive computes what the field starts as from the other values of the making
	// op, after those were filled in ("" leaves it absent), where the op does not
	// set it itself.
	Derive     func(made func(field string) Value) Value
	Redactable bool
	// SetBy lists who may set it: roles; "by" (the member that the record's By
	// field names); "own" (the member whose id is the record's own id);
	// "manager" means a manager of the record's service; "server" alone means
	// nobody but the server. Nil means whoever makes the record in the op that
	// makes it, and the collection's ChangedBy from then on; a list holds for both.
	// The server may do everything.
	SetBy []string
	// Stands: only the op that makes the record says it. Whoever may set it can
	// still erase it, where it is Redactable. A register's alone: Once has it by its kind.
	Stands bool
	// Deciding fields decide who sees: while a conflict on them is not settled,
	// audiences and masks need every value, shown and lost, to let through.
	Deciding bool
	// Indexed references can be asked for from the other side (Follow): those of a
	// register, of every value of a set, and of every entry's Target keys of a log.
	Indexed bool
	// Searched text, of a register or of a log's entries, can be looked through by
	// whoever reads it.
	Searched bool
	// Private values leave the server for nobody (a receipt): they are taken out
	// of the record when it is made and handed to the store apart.
	Private bool
	// Stale: a change that has not seen the last one is refused.
	Stale bool
	// Steps: which steps each role may make. Empty From means "from any".
	Steps []Step
	// Entry are the further keys of a Log's entries, beside id and text.
	Entry []EntryKey
	// Shape judges an Object's canonical value; nil lets any through.
	Shape func(Value) bool
	// Refs are the ids that stand inside an Object.
	Refs []InnerRef
}

// An InnerRef is where in an Object the id of a record stands.
type InnerRef struct {
	// Path are the keys on the way to it, from the outside in; "*" is every value
	// of an array or an object.
	Path   []string
	Target string // collection
}

// A Step is one permitted change of a status.
type Step struct {
	From, To []string
	By       []string // roles as in Field.SetBy
	// Note: the step goes back, so an entry in this log must stand in the same op.
	Note string
}

// An EntryKey is a further key of a log's entries. The keys "by" and "at", which
// the server fills in, may stand here too, to say who reads them.
type EntryKey struct {
	Name   string
	Target string   // collection, where it names a record
	ReadBy []string // audiences; nil means whoever reads the log
}

// A Cond is one condition on a record. It holds when the field's value (of a
// set: one of its values) is one of In, or with Not, none of In; with In nil, when the field has a value (or
// with Not, when it has none). On a Deciding field every kept loser must
// satisfy it too.
type Cond struct {
	Field string
	In    []string
	Not   bool
}

// A Show names a field that a mask lets through, under conditions.
type Show struct {
	Field string
	When  []Cond
}

// A Rule puts records into one audience, and says what it is let through.
type Rule struct {
	// Audience is a whole name ("desk"), or with Of a prefix ("service:").
	Audience string
	// Of names the field whose value, or values, follow the prefix; "id" is the record's own id.
	Of   string
	When []Cond
	// Fields: nil lets everything through that is not Private.
	Fields []Show
	// But names what a rule without Fields keeps back.
	But []string
}

// A Collection is a kind of record.
type Collection struct {
	Name string
	// Small collections come first in a first read.
	Small  bool
	Fields []Field
	// By names the field that holds the member a record belongs to ("by", "member"), or "" for none.
	By string
	// Service names the field or set that ties a record to services, for "manager".
	// Where a kind of record has none, any manager is meant.
	Service   string
	MadeBy    []string
	ChangedBy []string
	// WithdrawBy as Field.SetBy; nil means ChangedBy.
	WithdrawBy []string
	Rules      []Rule
	// Judge holds rules that hang on several fields, or on the writer. It sees
	// only what the change has seen and what it says itself. Nil: none.
	Judge func(Case) *Problem

	index map[string]int // filled in by NewSchema, as is plan
	plan  plan
}

// Field gives the index of the field with this name, or -1.
func (c *Collection) Field(name string) int {
	if i, ok := c.index[name]; ok {
		return i
	}
	return -1
}

// A Schema is all collections of a world, and the version that ops name.
type Schema struct {
	Version     int
	Collections []*Collection
	// AudiencesOf names the audiences that a writer reads. The world sets it once,
	// before the schema is used; nil lets every writer read everything.
	AudiencesOf func(Writer) []string

	byName    map[string]*Collection
	maskRules map[string]string // by kind of audience
}

// NewSchema indexes collections. It panics on a declaration that contradicts
// itself (two fields of one name, a rule or condition on a field that is not
// there): that is a bug in the program, not in its input.
func NewSchema(version int, collections ...*Collection) *Schema {
	s := &Schema{Version: version, Collections: collections, byName: map[string]*Collection{}}
	for _, c := range collections {
		if s.byName[c.Name] != nil {
			panic("record: two collections named " + c.Name)
		}
		s.byName[c.Name] = c
		c.index = map[string]int{}
		for i, f := range c.Fields {
			if _, twice := c.index[f.Name]; twice {
				panic("record: two fields named " + c.Name + "." + f.Name)
			}
			c.index[f.Name] = i
		}
		c.verify()
		c.plan = makePlan(s, c)
	}
	s.hashRules()
	return s
}

// Collection gives the collection of this name, or nil.
func (s *Schema) Collection(name string) *Collection { return s.byName[name] }
