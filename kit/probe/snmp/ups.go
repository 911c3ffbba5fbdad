// SPDX-License-Identifier: Apache-2.0

package snmp

// UPS is an uninterruptible power supply (UPS-MIB of RFC 1628, PowerNet of APC).
type UPS struct {
	Battery string   `json:"battery,omitempty"` // normal, low, depleted
	Source  string   `json:"source,omitempty"`  // normal, battery, bypass, other
	Charge  *float64 `json:"charge,omitempty"`  // 0–1
	Runtime *float64 `json:"runtime,omitempty"` // seconds
	Load    *float64 `json:"load,omitempty"`    // 0–1
	Replace bool     `json:"replace,omitempty"` // the battery is to be replaced
}

const (
	upsBattery   = ".1.3.6.1.2.1.33.1.2.1.0"
	upsOnBattery = ".1.3.6.1.2.1.33.1.2.2.0" // seconds
	upsMinutes   = ".1.3.6.1.2.1.33.1.2.3.0"
	upsCharge    = ".1.3.6.1.2.1.33.1.2.4.0"
	upsVolts     = ".1.3.6.1.2.1.33.1.2.5.0" // tenths
	upsCelsius   = ".1.3.6.1.2.1.33.1.2.7.0"
	upsSource    = ".1.3.6.1.2.1.33.1.4.1.0"
	upsInput     = ".1.3.6.1.2.1.33.1.3.3.1"
	upsOutput    = ".1.3.6.1.2.1.33.1.4.4.1"

	apcBattery = ".1.3.6.1.4.1.318.1.1.1.2.1.1.0"
	apcCharge  = ".1.3.6.1.4.1.318.1.1.1.2.2.1.0"
	apcCelsius = ".1.3.6.1.4.1.318.1.1.1.2.2.2.0"
	apcRuntime = ".1.3.6.1.4.1.318.1.1.1.2.2.3.0" // ticks
	apcReplace = ".1.3.6.1.4.1.318.1.1.1.2.2.4.0" // 2 = yes
	apcInput   = ".1.3.6.1.4.1.318.1.1.1.3.2.1.0"
	apcState   = ".1.3.6.1.4.1.318.1.1.1.4.1.1.0"
	apcLoad    = ".1.3.6.1.4.1.318.1.1.1.4.2.3.0"
)

// ups reads a power supply and puts it into m; nil where the device is none.
func (s *session) ups(m *measures) (*UPS, error) {
	got, err := s.get(upsBattery, upsOnBattery, upsMinutes, upsCharge, upsVolts, upsCelsius, upsSource, apcBattery, apcCharge, apcCelsius, apcRuntime, apcReplace, apcInput, apcState, apcLoad)
	if err != nil {
		return nil, err
	}
	num := func(oid string) *float64 {
		if v, ok := got[oid]; ok && v.is == isNumber {
			return &v.number
		}
		return nil
	}
	u := &UPS{}
	apc := num(apcBattery) != nil
	if !apc && num(upsBattery) == nil {
		return nil, nil //nolint:nilnil // no power supply
	}
	battery, source := int(deref(num(upsBattery))), ""
	u.Charge, u.Runtime = scale(num(upsCharge), .01), scale(num(upsMinutes), 60)
	switch v := num(upsSource); {
	case v == nil:
	case *v == 3:
		source = "normal"
	case *v == 5:
		source = "battery"
	case *v == 4:
		source = "bypass"
	default:
		source = "other"
	}
	celsius, input := num(upsCelsius), (*float64)(nil)
	if apc {
		battery = int(deref(num(apcBattery)))
		u.Charge, u.Runtime, u.Load = scale(num(apcCharge), .01), scale(num(apcRuntime), .01), scale(num(apcLoad), .01)
		u.Replace = deref(num(apcReplace)) == 2
		switch int(deref(num(apcState))) {
		case 2, 4, 12: // on line, on smart boost, on smart trim
			source = "normal"
		case 3:
			source = "battery"
		case 6, 9, 10:
			source = "bypass"
		default:
			source = "other"
		}
		celsius, input = num(apcCelsius), num(apcInput)
	} else {
		if u.Load, input, err = s.upsLines(m); err != nil {
			return nil, err
		}
	}
	u.Source, u.Battery = source, map[int]string{2: "normal", 3: "low", 4: "depleted"}[battery]
	u.measure(m, celsius, input)
	if v := num(upsVolts); v != nil {
		m.set("ups_battery_volts", *v/10)
	}
	return u, nil
}

// upsLines reads the worst load of the output lines and the first input's voltage.
func (s *session) upsLines(m *measures) (load, volts *float64, err error) {
	out, err := s.table(upsOutput, 2, 5)
	if err != nil {
		return nil, nil, err
	}
	for i, r := range out {
		if v, ok := r.num(5); ok && v >= 0 && (load == nil || v/100 > *load) {
			v /= 100
			load = &v
		}
		if v, ok := r.num(2); ok && i == 0 {
			m.set("ups_output_volts", v)
		}
	}
	in, err := s.table(upsInput, 3)
	if err != nil || len(in) == 0 {
		return load, nil, err
	}
	if v, ok := in[0].num(3); ok {
		volts = &v
	}
	return load, volts, nil
}

func (u *UPS) measure(m *measures, celsius, input *float64) {
	flag := func(name string, on bool) {
		v := 0.0
		if on {
			v = 1
		}
		m.set(name, v)
	}
	flag("ups_on_battery", u.Source == "battery")
	flag("ups_battery_low", u.Battery == "low" || u.Battery == "depleted")
	flag("ups_battery_replace", u.Replace)
	for _, x := range []struct {
		name string
		v    *float64
	}{
		{"ups_battery_charge_ratio", u.Charge},
		{"ups_battery_runtime_seconds", u.Runtime},
		{"ups_load_ratio", u.Load},
		{"ups_battery_celsius", celsius},
		{"ups_input_volts", input},
	} {
		if x.v != nil && *x.v >= 0 {
			m.set(x.name, *x.v)
		}
	}
}

func deref(v *float64) float64 {
	if v == nil {
		return 0
	}
	return *v
}

func scale(v *float64, by float64) *float64 {
	if v == nil || *v < 0 {
		return nil
	}
	x := *v * by
	return &x
}
