// SPDX-License-Identifier: Apache-2.0

package devices

import (
	"context"
	"database/sql"
	"fmt"
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
	called, err := s.namer(ctx, scope, d.Client)
	if err != nil {
		return err
	}
	return s.write(ctx, scope, id, version, "devices.update", func(d *Device) ([]Change, error) {
		before := *d
		x.put(d)
		return recordChanges(ctx, called, &before, d), nil
	})
}

// write changes a device's record by fn, with an entry in the audit trail. version 0 = whichever it is.
func (s *Service) write(ctx context.Context, scope access.Scope, id ids.ID, version int64, action string, fn func(d *Device) ([]Change, error)) error {
	var d *Device
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
		return s.p.Access.Record(ctx, tx, action, d.Name, "")
	})
	if err == nil {
		s.took(d)
	}
	return err
}

// namer returns what the sites, people and devices of a client are called.
func (s *Service) namer(ctx context.Context, scope access.Scope, client ids.ID) (func(ids.ID) string, error) {
	c, err := s.p.Clients.Get(ctx, scope, client)
	if err != nil {
		return nil, err
	}
	return s.namesIn(&c), nil
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
		if d, ok := s.roster.look(id); ok {
			return d.Name
		}
		return ""
	}
}

// recordChanges says what of a record differs; called names what an id stands for.
func recordChanges(ctx context.Context, called func(ids.ID) string, before, after *Device) []Change {
	var out []Change
	for _, x := range [][3]string{
		{"name", before.Name, after.Name},
		{"kind", string(before.Kind), string(after.Kind)},
		{"site", called(before.Site), called(after.Site)},
		{"person", called(before.Person), called(after.Person)},
		{"behind", called(before.Parent), called(after.Parent)},
		{"rhythm", string(before.Rhythm), string(after.Rhythm)},
		{"tags", strings.Join(before.Tags, ", "), strings.Join(after.Tags, ", ")},
		{"location", before.Location, after.Location},
		{"asset tag", before.AssetTag, after.AssetTag},
		{"serial number", before.Serial, after.Serial},
		{"warranty", dayText(before.Warranty), dayText(after.Warranty)},
	} {
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
// place, 0 = none.
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
	err = s.write(ctx, scope, id, 0, "devices.retire", func(d *Device) ([]Change, error) {
		if !d.Active() {
			return nil, fault.NewConflict("This device is retired already.")
		}
		d.Retired, d.Replaced = now, by
		return []Change{{Section: "device", What: Removed, Item: d.Name, Author: author(ctx)}}, nil
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
		d.Retired, d.Replaced = 0, 0
		return []Change{{Section: "device", What: Added, Item: d.Name, Author: author(ctx)}}, nil
	})
}

// Move gives a device to another client, with its history. Its agent hears of it with its next connect.
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
	err = s.write(ctx, scope, id, 0, "devices.move", func(d *Device) ([]Change, error) {
		change := Change{Section: "device", What: Changed, Item: "client", Before: names[d.Client], After: names[client], Author: author(ctx)}
		d.Client, d.Site, d.Person, d.Parent = client, site, 0, 0
		return []Change{change}, nil
	})
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

// Merge makes one record of two of the same client: what was imported or made by hand for a machine whose agent enrolled later.
// The one with the agent, or the older one, stays and takes over what only the other knows; the other is retired, replaced by it.
func (s *Service) Merge(ctx context.Context, scope access.Scope, from, into ids.ID) error {
	a, err := s.Get(ctx, scope, from)
	if err != nil {
		return err
	}
	b, err := s.Get(ctx, scope, into)
	if err != nil {
		return err
	}
	if a.Client != b.Client || from == into {
		return fault.NewInvalid("Only two devices of the same client can be made one.")
	}
	err = s.write(ctx, scope, into, 0, "devices.merge", func(d *Device) ([]Change, error) {
		fill := func(to *string, from string) {
			if *to == "" {
				*to = from
			}
		}
		fill(&d.Serial, a.Serial)
		fill(&d.Vendor, a.Vendor)
		fill(&d.Model, a.Model)
		fill(&d.Location, a.Location)
		fill(&d.AssetTag, a.AssetTag)
		fill(&d.Note, a.Note)
		if d.Name == d.Hostname && a.Name != "" {
			d.Name = a.Name
		}
		if !d.Warranty.Known() {
			d.Warranty = a.Warranty
		}
		if !d.Bought.Known() {
			d.Bought = a.Bought
		}
		if d.Site == 0 {
			d.Site = a.Site
		}
		if d.Person == 0 {
			d.Person = a.Person
		}
		d.Tags, _ = cleanTags(append(slices.Clone(d.Tags), a.Tags...))
		return []Change{{Section: "device", What: Changed, Item: "made one with " + a.Name, Author: author(ctx)}}, nil
	})
	if err != nil || !a.Active() {
		return err
	}
	return s.Retire(ctx, scope, from, into)
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
