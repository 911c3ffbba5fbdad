// SPDX-License-Identifier: Apache-2.0

package devices

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"

	"mainstay/care/devices/store"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/wire"
	"mainstay/practice/clients"
)

// Details are what people say of a device.
type Details struct {
	Name     string
	Kind     Kind
	Site     ids.ID
	Person   ids.ID
	Parent   ids.ID
	Rhythm   Rhythm
	Tags     []string
	Location string
	AssetTag string
	Note     string
	Warranty civil.Date
	Bought   civil.Date
	Custom   map[string]string
	// Of devices without an agent, which cannot tell:
	Vendor, Model, Serial, OS, Address string
}

// The limits of details.
const (
	maxName = 100
	maxTags = 20
	maxNote = 10_000
)

// cleanPlain brings into order what of details has nothing to do with the client.
func (s *Service) cleanPlain(ctx context.Context, x *Details) error {
	x.Name = line(x.Name, maxName)
	switch {
	case x.Name == "":
		return fault.NewInvalid("Enter a name.").On("name")
	case !slices.Contains(Kinds(), x.Kind):
		return fault.NewInvalid("Choose what it is.").On("kind")
	case x.Rhythm != ByKind && x.Rhythm != Always && x.Rhythm != Free:
		return fault.NewInvalid("Choose whether it may be off.").On("rhythm")
	case len(x.Note) > maxNote:
		return fault.NewInvalid("Please enter at most %d characters.", maxNote).On("note")
	}
	x.Location, x.AssetTag, x.Note = line(x.Location, 200), line(x.AssetTag, 60), strings.TrimSpace(x.Note)
	x.Vendor, x.Model, x.Serial, x.OS, x.Address = line(x.Vendor, 100), line(x.Model, 100), line(x.Serial, 100), line(x.OS, 200), line(x.Address, 60)
	tags, err := cleanTags(x.Tags)
	if err != nil {
		return err
	}
	x.Tags = tags
	return s.cleanCustom(ctx, x)
}

func (s *Service) cleanDetails(ctx context.Context, scope access.Scope, client ids.ID, x *Details) error {
	if err := s.cleanPlain(ctx, x); err != nil {
		return err
	}
	c, err := s.p.Clients.Get(ctx, scope, client)
	if err != nil {
		return err
	}
	site, person := x.Site == 0, x.Person == 0
	for i := range c.Sites {
		site = site || c.Sites[i].ID == x.Site
	}
	for i := range c.People {
		person = person || c.People[i].ID == x.Person
	}
	if !site {
		return fault.NewInvalid("This client has no such site.").On("site")
	}
	if !person {
		return fault.NewInvalid("This client has no such person.").On("person")
	}
	return nil
}

// cleanTags makes tags single words in small letters, each once.
func cleanTags(list []string) ([]string, error) {
	var out []string
	for _, t := range list {
		for _, w := range strings.FieldsFunc(strings.ToLower(t), func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' }) {
			if w = line(w, 40); w != "" && !slices.Contains(out, w) {
				out = append(out, w)
			}
		}
	}
	slices.Sort(out)
	if len(out) > maxTags {
		return nil, fault.NewInvalid("A device can have at most %d tags.", maxTags).On("tags")
	}
	return out, nil
}

// checkParent refuses a parent of another client and a circle.
func (s *Service) checkParent(id, client, parent ids.ID) error {
	for p, steps := parent, 0; p != 0; steps++ {
		d, ok := s.roster.look(p)
		if !ok || d.Client != client || p == id || steps > 50 {
			return fault.NewInvalid("A device can only be behind another one of the same client, and not behind itself.").On("parent")
		}
		p = d.Parent
	}
	return nil
}

// Make adds a device by hand.
func (s *Service) Make(ctx context.Context, scope access.Scope, client ids.ID, x Details) (ids.ID, error) {
	if err := s.load(ctx); err != nil {
		return 0, err
	}
	if err := s.cleanDetails(ctx, scope, client, &x); err != nil {
		return 0, err
	}
	if err := s.checkParent(0, client, x.Parent); err != nil {
		return 0, err
	}
	d := &Device{ID: s.p.IDs.New(), Version: 1, Client: client, Source: ByHand, Warranty: civil.NoDate, Bought: civil.NoDate, EOL: civil.NoDate, Made: s.now(), Changed: s.now()}
	x.put(d)
	err := s.change(ctx, "devices.make", d.Name, "", func(_ *sql.Tx, q *store.Queries) error {
		if err := q.InsertDevice(ctx, toNewRow(d)); err != nil {
			return err
		}
		return s.log(ctx, q, d, Change{Section: "device", What: Added, Item: d.Name, Author: author(ctx)})
	})
	if err == nil {
		s.took(d)
	}
	return d.ID, err
}

// put writes details into a device. What an agent tells itself stays.
func (x *Details) put(d *Device) {
	d.Name, d.Kind, d.Site, d.Person, d.Parent, d.Rhythm, d.Tags = x.Name, x.Kind, x.Site, x.Person, x.Parent, x.Rhythm, x.Tags
	d.Location, d.AssetTag, d.Note, d.Warranty, d.Bought, d.Custom = x.Location, x.AssetTag, x.Note, x.Warranty, x.Bought, x.Custom
	if d.Source != ByAgent {
		d.Vendor, d.Model, d.Serial, d.OS, d.Address = x.Vendor, x.Model, x.Serial, x.OS, x.Address
	}
}

// DetailsOf is what people said of a device, to be changed.
func DetailsOf(d *Device) Details {
	return Details{
		Name: d.Name, Kind: d.Kind, Site: d.Site, Person: d.Person, Parent: d.Parent, Rhythm: d.Rhythm, Tags: d.Tags, Location: d.Location, AssetTag: d.AssetTag, Note: d.Note,
		Warranty: d.Warranty, Bought: d.Bought, Custom: d.Custom, Vendor: d.Vendor, Model: d.Model, Serial: d.Serial, OS: d.OS, Address: d.Address,
	}
}

// Update changes what people say of a device; version is the one that they saw.
func (s *Service) Update(ctx context.Context, scope access.Scope, id ids.ID, version int64, x Details) error {
	d, err := s.Get(ctx, scope, id)
	if err != nil {
		return err
	}
	if err := s.cleanDetails(ctx, scope, d.Client, &x); err != nil {
		return err
	}
	if err := s.checkParent(id, d.Client, x.Parent); err != nil {
		return err
	}
	w, err := s.words(ctx, scope, d.Client)
	if err != nil {
		return err
	}
	err = s.write(ctx, scope, id, version, "devices.update", func(d *Device) ([]Change, error) {
		before := *d
		x.put(d)
		return w.changes(ctx, &before, d), nil
	})
	if err != nil || x.Site == d.Site {
		return err
	}
	return s.Tell(id, wire.WordHello, nil) // what it looks at for a site stays with the site
}

// write changes a device's record by fn, with an entry in the audit trail. version 0 = whichever it is.
func (s *Service) write(ctx context.Context, scope access.Scope, id ids.ID, version int64, action string, fn func(d *Device) ([]Change, error)) error {
	return s.writeWith(ctx, scope, id, version, action, fn, nil)
}

// writeWith is write where other devices' records follow: also, which may be nil, writes them in the same transaction and returns them.
func (s *Service) writeWith(ctx context.Context, scope access.Scope, id ids.ID, version int64, action string, fn func(d *Device) ([]Change, error), also func(q *store.Queries) ([]*Device, error)) error {
	var d *Device
	var others []*Device
	err := s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		row, err := q.Device(ctx, int64(id))
		if err != nil {
			return found(err, noDevice())
		}
		d = fromRow(&row)
		if !scope.Covers(d.Client) {
			return noDevice()
		}
		if version != 0 {
			d.Version = version
		}
		list, err := fn(d)
		if err != nil {
			return err
		}
		for _, c := range list {
			if err := s.log(ctx, q, d, c); err != nil {
				return err
			}
		}
		d.Changed = s.now()
		if err := update(ctx, q, d); err != nil {
			return err
		}
		if also != nil {
			if others, err = also(q); err != nil {
				return err
			}
		}
		return s.p.Access.Record(ctx, tx, action, d.Name, "")
	})
	if err == nil {
		s.took(append([]*Device{d}, others...)...)
	}
	return err
}

// handOn gives the devices behind one that goes another parent, with a row in their logs: to, or none where that one lies behind them.
// Where to itself was behind the one that goes, it stands where that one stood: behind instead.
func (s *Service) handOn(ctx context.Context, q *store.Queries, from, to, instead ids.ID) ([]*Device, error) {
	rows, err := q.Children(ctx, int64(from))
	if err != nil {
		return nil, err
	}
	var out []*Device
	for i := range rows {
		d := fromRow(&rows[i])
		parent := to
		if d.ID == to {
			parent = instead
		}
		if s.reaches(parent, d.ID) {
			parent = 0
		}
		c := Change{Section: "device", What: Changed, Item: "behind", Before: s.deviceName(from), After: s.deviceName(parent), Author: author(ctx)}
		d.Parent, d.Changed = parent, s.now()
		if err := s.log(ctx, q, d, c); err != nil {
			return nil, err
		}
		if err := update(ctx, q, d); err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// reaches reports whether a device is another one or lies behind it.
func (s *Service) reaches(id, other ids.ID) bool {
	for steps := 0; id != 0 && steps <= 50; steps++ {
		if id == other {
			return true
		}
		d, ok := s.roster.look(id)
		if !ok {
			return false
		}
		id = d.Parent
	}
	return id != 0 // so deep lies nothing: it is a circle
}

// deviceName is what a device is called, "" for none.
func (s *Service) deviceName(id ids.ID) string {
	if d, ok := s.roster.look(id); ok {
		return d.Name
	}
	return ""
}

// words name what a record stands for: sites, people and devices of a client, and the firm's own fields.
type words struct {
	called func(ids.ID) string
	fields []Field
}

func (s *Service) words(ctx context.Context, scope access.Scope, client ids.ID) (*words, error) {
	c, err := s.p.Clients.Get(ctx, scope, client)
	if err != nil {
		return nil, err
	}
	list, err := s.Fields(ctx)
	return &words{s.namesIn(&c), list}, err
}

func (s *Service) namesIn(c *clients.Full) func(ids.ID) string {
	return func(id ids.ID) string {
		for i := range c.Sites {
			if c.Sites[i].ID == id {
				return c.Sites[i].Name
			}
		}
		for i := range c.People {
			if c.People[i].ID == id {
				return c.People[i].Name
			}
		}
		return s.deviceName(id)
	}
}

// changes says what of a record differs: all that people, imports and merges can change. What agents tell themselves is logged where it
// is taken.
func (w *words) changes(ctx context.Context, before, after *Device) []Change {
	var out []Change
	list := [][3]string{
		{"name", before.Name, after.Name},
		{"kind", string(before.Kind), string(after.Kind)},
		{"site", w.called(before.Site), w.called(after.Site)},
		{"person", w.called(before.Person), w.called(after.Person)},
		{"behind", w.called(before.Parent), w.called(after.Parent)},
		{"rhythm", string(before.Rhythm), string(after.Rhythm)},
		{"tags", strings.Join(before.Tags, ", "), strings.Join(after.Tags, ", ")},
		{"location", before.Location, after.Location},
		{"asset tag", before.AssetTag, after.AssetTag},
		{"serial number", before.Serial, after.Serial},
		{"vendor", before.Vendor, after.Vendor},
		{"model", before.Model, after.Model},
		{"operating system", before.OS, after.OS},
		{"address", before.Address, after.Address},
		{"MAC address", strings.Join(before.MACs, " "), strings.Join(after.MACs, " ")},
		{"bought", dayText(before.Bought), dayText(after.Bought)},
		{"warranty", dayText(before.Warranty), dayText(after.Warranty)},
		{"note", before.Note, after.Note},
	}
	for _, f := range w.fields {
		list = append(list, [3]string{f.Name, before.Custom[f.ID.String()], after.Custom[f.ID.String()]})
	}
	for _, x := range list {
		if x[1] != x[2] {
			out = append(out, Change{Section: "device", What: Changed, Item: x[0], Before: x[1], After: x[2], Author: author(ctx)})
		}
	}
	return out
}

func dayText(d civil.Date) string {
	if !d.Known() {
		return ""
	}
	return d.String()
}

// Retire ends a device's use: its agent's key is refused, it is no longer counted, its history stays. by is the device that takes its
// place, 0 = none: what was behind the one is behind the other from then on. Without one it stays where it was, so that taking the
// retirement back brings all back; a retired device is never down and silences nothing.
func (s *Service) Retire(ctx context.Context, scope access.Scope, id, by ids.ID) error {
	d, err := s.Get(ctx, scope, id)
	if err != nil {
		return err
	}
	if by != 0 {
		if r, err := s.Get(ctx, scope, by); err != nil || r.Client != d.Client || by == id {
			return fault.NewInvalid("Choose another device of the same client as its replacement.").On("by")
		}
	}
	now := s.now()
	err = s.writeWith(ctx, scope, id, 0, "devices.retire", func(d *Device) ([]Change, error) {
		if !d.Active() {
			return nil, fault.NewConflict("This device is retired already.")
		}
		d.Retired, d.Replaced = now, by
		list := []Change{{Section: "device", What: Removed, Item: d.Name, Author: author(ctx)}}
		if by != 0 {
			list = append(list, Change{Section: "device", What: Changed, Item: "replaced by", After: s.deviceName(by), Author: author(ctx)})
		}
		return list, nil
	}, func(q *store.Queries) ([]*Device, error) {
		if by == 0 {
			return nil, nil
		}
		return s.handOn(ctx, q, id, by, d.Parent)
	})
	if err != nil {
		return err
	}
	return s.refuseKeys(ctx, id, "retired")
}

// refuseKeys revokes a device's keys and cuts its agent off.
func (s *Service) refuseKeys(ctx context.Context, id ids.ID, why string) error {
	s.roster.mu.RLock()
	e := s.roster.byID[id]
	key, account := e.key, e.account
	s.roster.mu.RUnlock()
	if key == "" {
		return nil
	}
	now := s.now()
	err := s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		_, err := store.New(tx).RevokeKeys(ctx, now, why, int64(id))
		return err
	})
	if err != nil {
		return err
	}
	s.roster.mu.Lock()
	s.roster.putKey(id, "", 0)
	s.roster.mu.Unlock()
	if s.hub == nil {
		return nil
	}
	return s.hub.Admit(ctx, account.String(), map[string]int64{key: now})
}

// Reactivate takes a retirement back. An agent has to be enrolled anew.
func (s *Service) Reactivate(ctx context.Context, scope access.Scope, id ids.ID) error {
	return s.write(ctx, scope, id, 0, "devices.reactivate", func(d *Device) ([]Change, error) {
		if d.Active() {
			return nil, fault.NewConflict("This device is in use.")
		}
		list := []Change{{Section: "device", What: Added, Item: d.Name, Author: author(ctx)}}
		if d.Replaced != 0 {
			list = append(list, Change{Section: "device", What: Changed, Item: "replaced by", Before: s.deviceName(d.Replaced), Author: author(ctx)})
		}
		d.Retired, d.Replaced = 0, 0
		return list, nil
	})
}

// Move gives a device to another client, with its history. Its agent hears of it with its next connect. What was behind it stays with
// its client and is behind nothing known: the outage of another client's device is no reason for its silence.
func (s *Service) Move(ctx context.Context, scope access.Scope, id, client, site ids.ID) error {
	d, err := s.Get(ctx, scope, id)
	if err != nil {
		return err
	}
	if !scope.Covers(client) {
		return fault.NewNotFound("There is no such client.")
	}
	names, err := s.p.Clients.Names(ctx, scope, d.Client, client)
	if err != nil {
		return err
	}
	if names[client] == "" {
		return fault.NewInvalid("Choose the client that it goes to.").On("client")
	}
	if d.Client == client {
		return fault.NewConflict("The device is with this client.")
	}
	w, err := s.words(ctx, scope, d.Client)
	if err != nil {
		return err
	}
	err = s.writeWith(ctx, scope, id, 0, "devices.move", func(d *Device) ([]Change, error) {
		change := Change{Section: "device", What: Changed, Item: "client", Before: names[d.Client], After: names[client], Author: author(ctx)}
		before := *d
		d.Client, d.Site, d.Person, d.Parent = client, 0, 0, 0
		list := append([]Change{change}, w.changes(ctx, &before, d)...)
		d.Site = site
		return list, nil
	}, func(q *store.Queries) ([]*Device, error) { return s.handOn(ctx, q, id, 0, 0) })
	if err != nil || s.hub == nil {
		return err
	}
	if err := s.hub.Admit(ctx, client.String(), nil); err != nil {
		return err
	}
	return s.Tell(id, wire.WordHello, nil)
}

// SettleCopy says that the matter of two machines with one identity is dealt with.
func (s *Service) SettleCopy(ctx context.Context, scope access.Scope, id ids.ID) error {
	return s.write(ctx, scope, id, 0, "devices.copy", func(d *Device) ([]Change, error) {
		d.Copied = 0
		return []Change{{Section: "device", What: Removed, Item: "identity used by two machines", Author: author(ctx)}}, nil
	})
}

// Merge makes one record of two of the same client: what was imported or made by hand for a machine whose agent enrolled later. The
// record into stays and takes over what only the other knows; the other is retired, replaced by it. Where only the other has an agent
// that is not refused, or its agent alone is being heard, it is the other way round: no agent is cut off by making two records one. It
// returns which one stays.
func (s *Service) Merge(ctx context.Context, scope access.Scope, from, into ids.ID) (ids.ID, error) {
	a, err := s.Get(ctx, scope, from)
	if err != nil {
		return 0, err
	}
	b, err := s.Get(ctx, scope, into)
	if err != nil {
		return 0, err
	}
	if a.Client != b.Client || from == into {
		return 0, fault.NewInvalid("Only two devices of the same client can be made one.")
	}
	now := s.now()
	switch x, y := s.speaks(a, now), s.speaks(b, now); {
	case x == 2 && y == 2:
		return 0, fault.NewConflict("The agents of both are being heard: they are two machines.")
	case x > y:
		a, b = b, a
	}
	if !b.Active() {
		return 0, fault.NewConflict("%s is retired: take it into use again, or choose another device.", b.Name)
	}
	w, err := s.words(ctx, scope, b.Client)
	if err != nil {
		return 0, err
	}
	err = s.write(ctx, scope, b.ID, 0, "devices.merge", func(d *Device) ([]Change, error) {
		before := d.clone()
		if err := s.takeOver(d, a); err != nil {
			return nil, err
		}
		return append([]Change{{Section: "device", What: Changed, Item: "made one with " + a.Name, Author: author(ctx)}}, w.changes(ctx, before, d)...), nil
	})
	if err != nil || !a.Active() {
		return b.ID, err
	}
	return b.ID, s.Retire(ctx, scope, a.ID, b.ID)
}

// speaks says how much would be lost with a device's agent: 0 = it has none that may speak, 1 = one that is not heard, 2 = one that is.
func (s *Service) speaks(d *Device, now int64) int {
	s.roster.mu.RLock()
	defer s.roster.mu.RUnlock()
	switch e := s.roster.byID[d.ID]; {
	case e == nil || e.key == "" || !d.Active():
		return 0
	case now-d.Seen >= Silence.Microseconds():
		return 1
	}
	return 2
}

// takeOver fills what d does not know with what a knows. It refuses where not all of it has room.
func (s *Service) takeOver(d, a *Device) error {
	if d.Name == d.Hostname && a.Name != "" {
		d.Name = a.Name
	}
	for _, x := range []struct {
		to   *string
		from string
	}{
		{&d.Hostname, a.Hostname},
		{&d.Serial, a.Serial},
		{&d.Vendor, a.Vendor},
		{&d.Model, a.Model},
		{&d.Address, a.Address},
		{&d.CPU, a.CPU},
		{&d.LastUser, a.LastUser},
		{&d.Location, a.Location},
		{&d.AssetTag, a.AssetTag},
		{&d.Note, a.Note},
	} {
		if *x.to == "" {
			*x.to = x.from
		}
	}
	if d.OS == "" { // these five tell of one system and stay together
		d.OS, d.Product, d.OSVersion, d.Family, d.Arch = a.OS, a.Product, a.OSVersion, a.Family, a.Arch
		d.EOL = s.endOfLife(d.Product, d.OSVersion, d.OS)
	}
	for _, x := range []struct {
		to   *int64
		from int64
	}{{&d.Cores, a.Cores}, {&d.Memory, a.Memory}, {&d.Storage, a.Storage}, {&d.Booted, a.Booted}} {
		if *x.to == 0 {
			*x.to = x.from
		}
	}
	if d.Kind == OtherKind {
		d.Kind = a.Kind
	}
	if d.Rhythm == ByKind {
		d.Rhythm = a.Rhythm
	}
	for to, from := range map[*civil.Date]civil.Date{&d.Warranty: a.Warranty, &d.Bought: a.Bought} {
		if !to.Known() {
			*to = from
		}
	}
	for to, from := range map[*ids.ID]ids.ID{&d.Site: a.Site, &d.Person: a.Person} {
		if *to == 0 {
			*to = from
		}
	}
	if d.Parent == 0 && !s.reaches(a.Parent, d.ID) {
		d.Parent = a.Parent
	}
	for _, m := range a.MACs {
		if !slices.Contains(d.MACs, m) && len(d.MACs) < maxMACs {
			d.MACs = append(slices.Clip(d.MACs), m)
		}
	}
	if len(a.Custom) > 0 {
		custom := maps.Clone(a.Custom)
		maps.Copy(custom, d.Custom)
		d.Custom = custom
	}
	tags, err := cleanTags(append(slices.Clone(d.Tags), a.Tags...))
	if err != nil {
		return err
	}
	d.Tags = tags
	return nil
}

// cleanCustom checks the values of the firm's own fields.
func (s *Service) cleanCustom(ctx context.Context, x *Details) error {
	if len(x.Custom) == 0 {
		return nil
	}
	list, err := s.Fields(ctx)
	if err != nil {
		return err
	}
	out := map[string]string{}
	for _, f := range list {
		v := line(x.Custom[f.ID.String()], 500)
		if v == "" {
			continue
		}
		if err := f.check(v); err != nil {
			return err.On(fmt.Sprintf("field-%s", f.ID))
		}
		out[f.ID.String()] = v
	}
	x.Custom = out
	return nil
}
