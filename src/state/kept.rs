//! The filters that are kept live, as of one state.

use std::sync::Arc;

use crate::datetime::DateTime;
use crate::error::{Error, ErrorKind};
use crate::filter::Filter;
use crate::filter::canonical::Segment;

/// A filter that is kept live. Its rows are in the blocks, under its slot.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) id: u64,
    pub(crate) name: Arc<str>,
    pub(crate) filter: Arc<Filter>,
    /// How many leads satisfy it.
    pub(crate) total: u64,
    /// Whether time alone moves nobody.
    pub(crate) timeless: bool,
    /// Nobody comes or goes by the clock alone before this second.
    pub(crate) due: i64,
}

impl Kept {
    /// Whether its rows in a state of `time` are those of `now`.
    pub(crate) fn is_right_at(&self, now: DateTime, time: DateTime) -> bool {
        self.timeless || (time <= now && now.unix() < self.due)
    }
}

/// The live filters, each in its slot. Slot 0 is the lead criterion.
#[derive(Debug, Clone)]
pub(crate) struct KeptFilters {
    slots: Arc<Vec<Option<Kept>>>,
    next_id: u64,
}

impl KeptFilters {
    /// The lead criterion alone.
    pub(crate) fn new(criterion: Filter) -> Self {
        let mut this = Self { slots: Arc::default(), next_id: 0 };
        this.add("leads".into(), criterion);
        this
    }

    /// Takes a slot for a filter; its number, never used before.
    pub(crate) fn add(&mut self, name: Arc<str>, filter: Filter) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        let kept = Kept { id, name, filter: Arc::new(filter), total: 0, timeless: false, due: i64::MAX };
        let slots = Arc::make_mut(&mut self.slots);
        match slots.iter_mut().find(|slot| slot.is_none()) {
            Some(slot) => *slot = Some(kept),
            None => slots.push(Some(kept)),
        }
        id
    }

    /// Frees the slot of a filter.
    pub(crate) fn remove(&mut self, slot: usize) {
        Arc::make_mut(&mut self.slots)[slot] = None;
    }

    /// How many slots there are, free ones among them.
    pub(crate) fn slots(&self) -> usize {
        self.slots.len()
    }

    /// The filter in a slot.
    pub(crate) fn get(&self, slot: usize) -> Option<&Kept> {
        self.slots.get(slot)?.as_ref()
    }

    /// The filter in a slot, for writing.
    pub(crate) fn get_mut(&mut self, slot: usize) -> Option<&mut Kept> {
        Arc::make_mut(&mut self.slots).get_mut(slot)?.as_mut()
    }

    /// The filters and their slots.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &Kept)> {
        self.slots.iter().enumerate().filter_map(|(slot, kept)| Some((slot, kept.as_ref()?)))
    }

    /// The filter with this number, and its slot.
    pub(crate) fn find(&self, id: u64) -> Option<(usize, &Kept)> {
        self.iter().find(|(_, kept)| kept.id == id)
    }

    /// As [`find`](KeptFilters::find).
    ///
    /// # Errors
    ///
    /// `unknown_segment`.
    pub(crate) fn require(&self, id: u64) -> Result<(usize, &Kept), Error> {
        self.find(id).ok_or_else(|| {
            Error::new(ErrorKind::Segment, "unknown_segment", format!("no live filter with the number {id} is kept"))
        })
    }

    /// The filter that a `segment` test names. The lead criterion is none of them.
    pub(crate) fn segment(&self, id: u64) -> Option<(usize, &Kept)> {
        self.find(id).filter(|(slot, _)| *slot != 0)
    }

    /// What a `segment` test stands for at `now` in a state of `time`: the rows at hand, as long as the
    /// clock has moved nobody since, else the filter itself.
    pub(crate) fn stands_for(&self, id: u64, now: DateTime, time: DateTime) -> Segment<'_> {
        match self.segment(id) {
            None => Segment::Unknown,
            Some((slot, kept)) if kept.is_right_at(now, time) => Segment::Rows(slot),
            Some((_, kept)) => Segment::Filter(&kept.filter),
        }
    }

    /// Checks a filter with the segments it names.
    ///
    /// # Errors
    ///
    /// `unknown_segment`, or a bound that the filter breaks once its segments are counted.
    pub(crate) fn check(&self, filter: &Filter) -> Result<(), Error> {
        filter.validate_with(&|id| self.segment(id).map(|(_, kept)| &*kept.filter))
    }
}
