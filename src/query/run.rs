//! From a query to a page: resolve, match, cut.

use std::time::{Duration, Instant};

use crate::datetime::DateTime;
use crate::error::Error;
use crate::filter::canonical::canonical;
use crate::filter::eval::LeafTrace;
use crate::filter::plan::Plan;
use crate::filter::{Filter, ForceFilter};
use crate::id::{PropId, RowId};
use crate::lead::Presence;
use crate::query::cut::Cut;
use crate::query::matches::Found;
use crate::query::phase::{HEARTBEATS, phases_of};
use crate::query::top_k::{PhaseTrace, cut};
use crate::query::{Query, Universe};
use crate::state::State;
use crate::stop::Stop;

/// What running a query yields.
pub(crate) struct Answer {
    pub(crate) total: u64,
    pub(crate) rows: Vec<RowId>,
    /// A property whose order would have served and is not built.
    pub(crate) wanted: Option<PropId>,
    /// The property that was sorted on, if anybody ever had it.
    pub(crate) sorted: Option<PropId>,
}

/// How it went, for `explain`.
pub(crate) struct Trace {
    pub(crate) plan: Plan,
    pub(crate) tests: Vec<LeafTrace>,
    pub(crate) phases: Vec<PhaseTrace>,
    pub(crate) universe: usize,
    pub(crate) plan_time: Duration,
    pub(crate) match_time: Duration,
    pub(crate) cut_time: Duration,
}

/// Where a page begins instead of at the query's offset: behind a lead that is known.
#[derive(Clone, Copy)]
pub(crate) struct Resume {
    /// The lead before the page.
    pub(crate) after: RowId,
    /// How many leads stand before the page, with that one.
    pub(crate) rank: u64,
}

/// Runs a query on a state as of `now`.
pub(crate) fn run(
    state: &State,
    query: &Query,
    now: DateTime,
    resume: Option<Resume>,
    traced: bool,
) -> Result<(Answer, Option<Trace>), Error> {
    query.validate_page(state.limits.page)?;
    let start = Instant::now();
    let stop = Stop { deadline: query.budget.map(|budget| (start, budget)), cancel: query.cancel.clone() };
    stop.check()?;
    let mut tests = 0;
    let plan = plan(state, &query.filter, now, &mut tests)?;
    let prop = state.props.find(&query.sort_prop);
    let planned = Instant::now();
    let traced_tests = traced.then_some(tests);
    let (found, tests) = Found::find(state, &plan, query.universe, query.force.filter, &stop, traced_tests)?;
    let matched = Instant::now();
    let matches = found.of(state);
    let cutting = cut(
        matches,
        &Cut {
            prop,
            phases: phases_of(prop, query.sort_order),
            now,
            order: query.sort_order,
            offset: resume.map_or(query.offset, |resume| resume.rank),
            after: resume.map(|resume| resume.after),
            limit: query.limit,
            bounds: prop.and_then(|prop| plan.bounds(prop)),
            force: query.force.sort,
            stop: &stop,
        },
        state.shape.block_shift(),
    )?;
    let total = matches.total() as u64;
    let universe = matches.universe_len();
    let answer = Answer { total, rows: cutting.rows, wanted: cutting.wanted, sorted: prop };
    let trace = traced.then(|| Trace {
        plan,
        tests,
        phases: cutting.steps,
        universe,
        plan_time: planned - start,
        match_time: matched - planned,
        cut_time: matched.elapsed(),
    });
    Ok((answer, trace))
}

/// The leads who are online, then those who are idle, each by newest heartbeat.
pub(crate) fn active(state: &State, now: DateTime, offset: u64, limit: u64) -> Result<Answer, Error> {
    let query = Query::new().offset(offset).limit(limit);
    query.validate_page(state.limits.page)?;
    let present = Filter::any([Presence::Online, Presence::Idle].map(Filter::presence));
    let (plan, stop) = (plan(state, &present, now, &mut 0)?, Stop::default());
    let (found, _) = Found::find(state, &plan, query.universe, ForceFilter::Auto, &stop, None)?;
    let cutting = cut(
        found.of(state),
        &Cut {
            prop: Some(PropId::PRESENCE),
            phases: &HEARTBEATS,
            now,
            order: query.sort_order,
            offset,
            after: None,
            limit,
            bounds: None,
            force: query.force.sort,
            stop: &stop,
        },
        state.shape.block_shift(),
    )?;
    let total = found.total() as u64;
    Ok(Answer { total, rows: cutting.rows, wanted: cutting.wanted, sorted: Some(PropId::PRESENCE) })
}

/// The plan of a filter, its tests numbered from `next`.
pub(crate) fn plan(state: &State, filter: &Filter, now: DateTime, next: &mut usize) -> Result<Plan, Error> {
    state.kept.check(filter)?;
    let segments = |id| state.kept.stands_for(id, now, state.time);
    Ok(Plan::resolve(canonical(filter, now, &segments), &state.props, next))
}

/// How many match.
pub(crate) fn count(state: &State, filter: &Filter, now: DateTime, universe: Universe) -> Result<u64, Error> {
    let plan = plan(state, filter, now, &mut 0)?;
    let (found, _) = Found::find(state, &plan, universe, ForceFilter::Auto, &Stop::default(), None)?;
    Ok(found.total() as u64)
}
