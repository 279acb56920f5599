//! One opening of the pairing window: its live secrets, the exchanges under way and what they cost.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::responder::Responder;
use super::transcript::Sealed;
use super::{BeginAnswer, ConfirmCall, Method, PairingSecret, Refusal, Secrets, WindowEvent};

/// How many wrong codes a window bears: a guesser's chance is then 10 in 10^8.
pub const MAX_WRONG_CODES: u32 = 10;

/// How many exchanges may be under way: each costs a SPAKE2 and a few hundred bytes.
pub const MAX_EXCHANGES: usize = 4;

/// How long an exchange may take: the time of two messages, not of typing.
pub const EXCHANGE_TIME: Duration = Duration::from_secs(10);

/// The longest a wrong secret delays its answer.
const MAX_DELAY: Duration = Duration::from_secs(8);

/// How long an address waits whose confirmation was malformed: its exchange has cost a SPAKE2.
const MALFORMED_DELAY: Duration = Duration::from_secs(1);

/// How many addresses that have to wait are remembered; the oldest is forgotten first.
const MAX_PENALTIES: usize = 64;

/// One opening of the window, until it has closed and its last exchange has ended.
pub(crate) struct Round {
    /// The live secrets; `None` once the time is over and only begun exchanges may end.
    live: Option<Live>,
    closes_at: Instant,
    wrong_codes: u32,
    wrong_qrs: u32,
    exchanges: Vec<Exchange>,
    /// Addresses that have to wait, and until when.
    penalties: VecDeque<(IpAddr, Instant)>,
    /// When the owner was last told that somebody was turned away.
    busy_told: Option<Instant>,
}

struct Live {
    /// `None` after too many wrong ones.
    code: Option<PairingSecret>,
    qr: PairingSecret,
}

struct Exchange {
    name: String,
    source: IpAddr,
    deadline: Instant,
    responder: Responder,
}

impl Round {
    pub(crate) fn new(secrets: Secrets, closes_at: Instant) -> Self {
        Self {
            live: Some(Live {
                code: Some(PairingSecret::Code(secrets.code)),
                qr: PairingSecret::Qr(secrets.qr),
            }),
            closes_at,
            wrong_codes: 0,
            wrong_qrs: 0,
            exchanges: Vec::new(),
            penalties: VecDeque::new(),
            busy_told: None,
        }
    }

    /// Whether an exchange may still be begun.
    pub(crate) fn is_live(&self) -> bool {
        self.live.is_some()
    }

    /// The secret of this method, or the refusal if it is closed.
    pub(crate) fn secret(&self, method: Method) -> Result<&PairingSecret, Refusal> {
        let secret = self.live.as_ref().and_then(|live| match method {
            Method::Code => live.code.as_ref(),
            Method::Qr => Some(&live.qr),
        });
        secret.ok_or(Refusal::NotPairing {
            closed: Some(method),
        })
    }

    /// Adds an exchange that was just answered.
    pub(crate) fn add(
        &mut self,
        source: IpAddr,
        now: Instant,
        responder: Responder,
        answer: &BeginAnswer,
    ) {
        self.exchanges.push(Exchange {
            name: answer.exchange.clone(),
            source,
            deadline: now + EXCHANGE_TIME,
            responder,
        });
    }

    /// Takes out the exchange this call confirms, with the confirmed message; counts a wrong tag.
    pub(crate) fn confirm(
        &mut self,
        source: IpAddr,
        call: &ConfirmCall,
        now: Instant,
        events: &mut VecDeque<WindowEvent>,
    ) -> Result<(Responder, Sealed), Refusal> {
        let responder = self.take(&call.exchange, source).ok_or(Refusal::Expired)?;
        let sealed = call.sealed().inspect_err(|_| {
            self.hold_off(source, now + MALFORMED_DELAY);
        })?;
        if !responder.confirms(&sealed) {
            return Err(self.count_wrong(responder.method, source, now, events));
        }
        Ok((responder, sealed))
    }

    /// Whether the owner is to be told now that somebody was turned away: that it happens is worth a
    /// line, not how often, or who knocks all the time would fill the screen.
    pub(crate) fn tells_busy(&mut self, now: Instant) -> bool {
        let told = self.busy_told;
        let tells = told.is_none_or(|told| now.saturating_duration_since(told) >= EXCHANGE_TIME);
        if tells {
            self.busy_told = Some(now);
        }
        tells
    }

    /// Ends the exchange of this name.
    pub(crate) fn abandon(&mut self, name: &str) {
        self.exchanges.retain(|exchange| exchange.name != name);
    }

    /// When something here is over next.
    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        let deadlines = self.exchanges.iter().map(|exchange| exchange.deadline);
        let closing = self.live.as_ref().map(|_| self.closes_at);
        deadlines.chain(closing).min()
    }

    /// Ends what is over by `now`; returns whether that is everything.
    pub(crate) fn settle(&mut self, now: Instant) -> bool {
        self.exchanges.retain(|exchange| now < exchange.deadline);
        if now >= self.closes_at {
            self.live = None;
        }
        self.live.is_none() && self.exchanges.is_empty()
    }

    /// When this address may try again, if it may not now.
    pub(crate) fn busy_until(&self, source: IpAddr, now: Instant) -> Option<Instant> {
        let own = self
            .exchanges
            .iter()
            .find(|exchange| exchange.source == source);
        if let Some(own) = own {
            return Some(own.deadline);
        }
        let penalty = self
            .penalties
            .iter()
            .rfind(|(address, until)| *address == source && now < *until);
        if let Some((_, until)) = penalty {
            return Some(*until);
        }
        if self.exchanges.len() < MAX_EXCHANGES {
            return None;
        }
        self.exchanges
            .iter()
            .map(|exchange| exchange.deadline)
            .min()
    }

    /// Takes an exchange out, so that it can be confirmed once. Its name came over the wire in
    /// clear: one who read it there can not end it from another address.
    fn take(&mut self, name: &str, source: IpAddr) -> Option<Responder> {
        let position = self
            .exchanges
            .iter()
            .position(|exchange| exchange.name == name && exchange.source == source)?;
        Some(self.exchanges.swap_remove(position).responder)
    }

    fn count_wrong(
        &mut self,
        method: Method,
        source: IpAddr,
        now: Instant,
        events: &mut VecDeque<WindowEvent>,
    ) -> Refusal {
        let (count, cap) = match method {
            Method::Code => (&mut self.wrong_codes, Some(MAX_WRONG_CODES)),
            Method::Qr => (&mut self.wrong_qrs, None),
        };
        *count = count.saturating_add(1);
        let attempts = *count;
        events.push_back(WindowEvent::WrongCode {
            source,
            method,
            attempts,
            cap,
        });
        if cap.is_some_and(|cap| attempts >= cap) {
            self.close_code(events);
        }
        let delay = delay_after(attempts);
        self.hold_off(source, now + delay);
        Refusal::BadCode {
            method,
            attempts_left: cap.map(|cap| cap - attempts),
            delay,
        }
    }

    /// Has an address wait until then.
    fn hold_off(&mut self, source: IpAddr, until: Instant) {
        if self.penalties.len() == MAX_PENALTIES {
            self.penalties.pop_front();
        }
        self.penalties.push_back((source, until));
    }

    /// Ends the code method, and the exchanges that would be further guesses at it.
    fn close_code(&mut self, events: &mut VecDeque<WindowEvent>) {
        if let Some(live) = &mut self.live {
            live.code = None;
        }
        self.exchanges
            .retain(|exchange| exchange.responder.method != Method::Code);
        events.push_back(WindowEvent::CodeClosed);
    }
}

/// One second for the first wrong secret, then twice as long each time up to [`MAX_DELAY`].
fn delay_after(attempts: u32) -> Duration {
    let doublings = attempts.saturating_sub(1).min(3);
    Duration::from_secs(1 << doublings).min(MAX_DELAY)
}
