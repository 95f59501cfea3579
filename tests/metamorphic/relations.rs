//! Relations between a filter's answer and the answers of filters made from it.

use lead_index::{Filter, Force, Lead, LeadRef, Order, Universe};

use super::World;
use super::twin::{Ask, NOW, Row, eval, now};

/// p and not p are disjoint, together everybody, and each keeps the order of the whole.
pub(crate) fn a_filter_and_its_complement_share_out_the_universe(world: &mut World) {
    let filter = world.filter();
    let (name, order) = world.order();
    let whole = world.all(&Filter::all([]), name, order);
    let inside = world.all(&filter, name, order);
    let outside = world.all(&Filter::not(filter.clone()), name, order);
    let (mut i, mut o) = (inside.iter().peekable(), outside.iter().peekable());
    for id in &whole {
        let (in_p, in_not_p) = (i.next_if_eq(&id).is_some(), o.next_if_eq(&id).is_some());
        assert!(in_p != in_not_p, "seed {}: {id} by {name} {order:?}, of {filter:?} and its complement", world.seed);
    }
    assert_eq!((i.next(), o.next()), (None, None), "seed {}: more than everybody for {filter:?}", world.seed);
    assert_eq!(world.count(&filter), inside.len() as u64, "seed {}: {filter:?}", world.seed);
}

/// Counting through the index is the same as reading every lead out and testing it.
pub(crate) fn the_count_is_what_a_scan_of_the_copied_leads_finds(world: &mut World) {
    let filter = world.filter();
    let universe = if world.dice.one_in(2) { Universe::Everyone } else { Universe::Leads };
    let ask = |filter: &Filter| Ask { universe, ..Ask::everything(filter.clone()) };
    let everybody = ask(&Filter::all([])).query(Force::default());
    let page = world.run.pair.index.query(&everybody).expect("all leads fit one page");
    let plain = spelt_out(world, &filter);
    let scanned: Vec<u64> =
        page.leads().filter(|lead| plain.matches_at(&with_presence(*lead), now())).map(|lead| lead.id()).collect();
    let force = *world.dice.pick(&world.forces);
    assert_eq!(world.page(&ask(&filter), force), scanned, "seed {}: {filter:?} under {force:?}", world.seed);
}

/// A property that stands for the presence of a copied lead, which by itself has none.
const PRESENCE: &str = "presence on the page";

/// The lead with its presence as a property.
fn with_presence(lead: LeadRef<'_>) -> Lead {
    lead.into_owned().with(PRESENCE, lead.presence().as_str())
}

/// The filter without segments and presence, so that it holds for a copied lead by itself.
fn spelt_out(world: &World, filter: &Filter) -> Filter {
    match filter {
        Filter::All(children) => Filter::all(children.iter().map(|child| spelt_out(world, child))),
        Filter::Any(children) => Filter::any(children.iter().map(|child| spelt_out(world, child))),
        Filter::Not(child) => Filter::not(spelt_out(world, child)),
        Filter::Property { name, test } if name == "$presence" => {
            Filter::Property { name: PRESENCE.to_owned(), test: test.clone() }
        }
        Filter::Segment(id) => {
            let live = world.run.pair.index.live(*id).expect("the generators name live filters that are kept");
            spelt_out(world, &live.filter().expect("it is kept"))
        }
        test => test.clone(),
    }
}

/// A tree made true for a lead finds it, at its rank, on a page of its own.
pub(crate) fn a_lead_is_found_by_a_filter_that_is_true_for_it(world: &mut World) {
    let Some(pivot) = world.sample.row(&mut world.dice).cloned() else {
        return;
    };
    let random = world.filter();
    let filter = rectified(world, &random, &pivot, true);
    let (name, order) = world.order();
    let base = Ask { sort: name.to_owned(), order, universe: Universe::Everyone, ..Ask::everything(filter.clone()) };
    let force = *world.dice.pick(&world.forces);
    let Some(rank) = world.page(&base, Force::default()).iter().position(|id| *id == pivot.lead.id) else {
        panic!("seed {}: lead {} is not found by {filter:?}", world.seed, pivot.lead.id);
    };
    let alone = world.page(&Ask { offset: rank as u64, limit: 1, ..base.clone() }, force);
    assert_eq!(alone, [pivot.lead.id], "seed {}: rank {rank} of {base:?} under {force:?}", world.seed);
    let before = Filter::all([filter, Filter::lt("$id", pivot.lead.id)]);
    let by_id = Ask { sort: "$id".to_owned(), order: Order::Asc, limit: 1, ..base };
    let offset = world.page(&Ask { filter: before, limit: 10_000, ..by_id.clone() }, force).len() as u64;
    let alone = world.page(&Ask { offset, ..by_id.clone() }, force);
    assert_eq!(alone, [pivot.lead.id], "seed {}: rank {offset} by id of {by_id:?}", world.seed);
}

/// The filter, changed where it must be so that it is `wanted` for the row.
fn rectified(world: &mut World, filter: &Filter, row: &Row, wanted: bool) -> Filter {
    let each_as_wanted = matches!((filter, wanted), (Filter::All(_), true) | (Filter::Any(_), false));
    match filter {
        Filter::All(children) | Filter::Any(children) if each_as_wanted => {
            let children = children.iter().map(|child| rectified(world, child, row, wanted)).collect();
            if wanted { Filter::All(children) } else { Filter::Any(children) }
        }
        Filter::All(children) | Filter::Any(children) => {
            let mut children = children.clone();
            let one = world.dice.below(children.len() + 1);
            match children.get(one).cloned() {
                Some(child) => children[one] = rectified(world, &child, row, wanted),
                None => children.push(if wanted { Filter::all([]) } else { Filter::any([]) }),
            }
            if wanted { Filter::Any(children) } else { Filter::All(children) }
        }
        Filter::Not(child) => Filter::not(rectified(world, child, row, !wanted)),
        leaf if world.run.pair.twin.at(NOW).holds(&eval::canonical(leaf), row) == wanted => leaf.clone(),
        leaf => Filter::not(leaf.clone()),
    }
}

/// Exact bounds on how a count may move.
pub(crate) fn a_conjunct_never_adds_and_a_disjunct_never_takes_away(world: &mut World) {
    let (filter, more) = (world.filter(), world.part());
    let narrower = world.count(&Filter::all([filter.clone(), more.clone()]));
    let itself = world.count(&filter);
    let other = world.count(&more);
    let wider = world.count(&Filter::any([filter.clone(), more.clone()]));
    assert!(narrower <= itself && itself <= wider, "seed {}: {narrower} {itself} {wider}: {filter:?}", world.seed);
    assert_eq!(narrower + wider, itself + other, "seed {}: {filter:?} and {more:?}", world.seed);
}

/// A part of a filter is as good as the list of ids that it finds.
pub(crate) fn a_part_can_be_replaced_by_the_ids_it_finds(world: &mut World) {
    let filter = world.filter();
    let replaced = with_ids(world, &filter);
    let (name, order) = world.order();
    assert_eq!(
        world.all(&filter, name, order),
        world.all(&replaced, name, order),
        "seed {}: {filter:?} and {replaced:?}",
        world.seed
    );
}

fn with_ids(world: &mut World, filter: &Filter) -> Filter {
    match filter {
        Filter::All(children) | Filter::Any(children) if !children.is_empty() && !world.dice.one_in(3) => {
            let one = world.dice.below(children.len());
            let mut copy = children.clone();
            copy[one] = with_ids(world, &children[one]);
            if matches!(filter, Filter::All(_)) { Filter::All(copy) } else { Filter::Any(copy) }
        }
        Filter::Not(child) if !world.dice.one_in(3) => Filter::not(with_ids(world, child)),
        part => {
            let ids = world.ids(part);
            Filter::in_numbers("$id", ids)
        }
    }
}

/// Pages of one size from one snapshot, put together, are one page of everything.
pub(crate) fn pages_put_together_are_the_whole(world: &mut World) {
    let filter = world.filter();
    let (name, order) = world.order();
    let snapshot = world.run.pair.index.snapshot();
    let force = *world.dice.pick(&world.forces);
    let base = Ask { sort: name.to_owned(), order, ..Ask::everything(filter) };
    let size = 1 + world.dice.below(150) as u64;
    let mut together = Vec::new();
    loop {
        let ask = Ask { offset: together.len() as u64, limit: size, ..base.clone() };
        let page = snapshot.query(&ask.query(force)).expect("a legal question");
        let ids = page.ids();
        together.extend_from_slice(&ids);
        if ids.is_empty() {
            assert_eq!(page.total(), together.len() as u64, "seed {}: the total of {ask:?}", world.seed);
            break;
        }
    }
    let whole = world.page(&base, Force::default());
    assert_eq!(together, whole, "seed {}: pages of {size} of {base:?} under {force:?}", world.seed);
}
