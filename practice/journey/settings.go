// SPDX-License-Identifier: Apache-2.0

package journey

import (
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/practice/journey/pricing"
	"mainstay/practice/journey/recurring"
	"mainstay/practice/journey/signs"
)

// Settings are the firm's own choices and figures for an assessment.
type Settings struct {
	Thresholds signs.Thresholds `json:"thresholds"`
	Pricing    pricing.Settings `json:"pricing"`
	// RateSet and WageSet say that the firm gave its hourly rate and its loaded wage; the
	// defaults are good enough to show a replay, not to judge a margin.
	// TiersSet says that the tiers are the firm's own.
	RateSet  bool `json:"rateSet"`
	TiersSet bool `json:"tiersSet"`
	WageSet  bool `json:"wageSet"`
	// WagesYear is the sum of the technicians' taxable wages a year, minor units; 0 = not said.
	WagesYear int64 `json:"wagesYear"`
	// ReviewDays is the usual cadence of business reviews in days; ContactDays that of any
	// planned contact.
	ReviewDays  int `json:"reviewDays"`
	ContactDays int `json:"contactDays"`
	// Today is the day of the assessment; NoDate where it must not matter. Later rows are
	// left out and its month is not complete.
	Today civil.Date `json:"today"`
}

// DefaultSettings returns the product's thresholds and figures.
func DefaultSettings() Settings {
	return Settings{Thresholds: signs.Defaults(), Pricing: pricing.Defaults(), ReviewDays: 120, ContactDays: 90, Today: civil.NoDate}
}

// Validate checks settings that a person edited.
func (s Settings) Validate() error {
	if err := s.Thresholds.Validate(); err != nil {
		return err
	}
	if err := s.Pricing.Validate(); err != nil {
		return err
	}
	if s.WagesYear < 0 {
		return fault.NewInvalid("Wages are 0 or more.").On("wagesYear")
	}
	if s.ReviewDays < 7 || s.ReviewDays > 1000 || s.ContactDays < 7 || s.ContactDays > 1000 {
		return fault.NewInvalid("A cadence lies between 7 and 1000 days.").On("reviewDays")
	}
	return nil
}

// Answers are what the user said about line texts, by [books.StreamKey].
type Answers map[string]recurring.Class

// DefaultSeed is used where the user gave none.
const DefaultSeed = 20260801
