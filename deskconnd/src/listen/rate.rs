//! How fast connections may come: from one address, and from all together. Pure: the time is given.

use serde::Deserialize;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

/// How many addresses are remembered at most. Only such as were let in lately are, so that many take
/// a fast network of machines.
const REMEMBERED: usize = 65_536;

/// A rate of connections, with room for bursts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rate {
    /// How many may come each second in the long run; at least one.
    pub(crate) per_second: u32,
    /// How many may come at once after a quiet time; at least one.
    pub(crate) burst: u32,
}

/// How fast connections may come to a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rates {
    /// From one address.
    pub(crate) each: Rate,
    /// From all together.
    pub(crate) all: Rate,
}

/// A bucket of tokens, kept as the time at which it is full again: "virtual scheduling" of the generic
/// cell rate algorithm (ITU-T I.371, annex A).
#[derive(Debug, Clone, Copy)]
struct Bucket {
    full_at: Instant,
}

impl Bucket {
    /// Takes a token at `now`, if there is one. A bucket that was never looked at is full.
    fn take(before: Option<Self>, rate: Rate, now: Instant) -> Option<Self> {
        let interval = Duration::from_secs(1) / rate.per_second.max(1);
        let full_at = before.map_or(now, |bucket| bucket.full_at.max(now)) + interval;
        let is_there = full_at - now <= interval * rate.burst.max(1);
        is_there.then_some(Self { full_at })
    }
}

/// The rates at which connections come to a listener.
#[derive(Debug)]
pub(crate) struct ConnectRate {
    rates: Rates,
    by_address: HashMap<IpAddr, Bucket>,
    overall: Option<Bucket>,
}

impl ConnectRate {
    /// Nobody has come yet.
    pub(crate) fn new(rates: Rates) -> Self {
        Self {
            rates,
            by_address: HashMap::new(),
            overall: None,
        }
    }

    /// Whether a connection from `address` may come at `now`; counted if so. One that may not costs
    /// the others nothing.
    pub(crate) fn admits(&mut self, address: IpAddr, now: Instant) -> bool {
        let who = network(address);
        if self.by_address.len() >= REMEMBERED {
            self.by_address.retain(|_, bucket| bucket.full_at > now);
        }
        let known = self.by_address.get(&who).copied();
        let has_place = known.is_some() || self.by_address.len() < REMEMBERED;
        let each = Bucket::take(known, self.rates.each, now).filter(|_| has_place);
        let overall = Bucket::take(self.overall, self.rates.all, now);
        let (Some(each), Some(overall)) = (each, overall) else {
            return false;
        };
        self.by_address.insert(who, each);
        self.overall = Some(overall);
        true
    }
}

/// Who counts as one: an IPv4 address, or the /64 of an IPv6 one, all of which its owner may use
/// (RFC 6177).
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLOW: Rate = Rate {
        per_second: 1,
        burst: 2,
    };
    const FAST: Rate = Rate {
        per_second: 1000,
        burst: 1000,
    };

    fn connect_rate(each: Rate, all: Rate) -> ConnectRate {
        ConnectRate::new(Rates { each, all })
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn after_a_burst_one_comes_as_often_as_the_rate_says() {
        let (start, ana) = (Instant::now(), address("192.0.2.1"));
        let mut rate = connect_rate(SLOW, FAST);
        let admitted = [0, 0, 0, 999, 1000, 1001, 1999, 2000, 9000, 9000, 9000].map(|millis| {
            let at = start + Duration::from_millis(millis);
            (millis, rate.admits(ana, at))
        });
        let refused = admitted.iter().filter(|(_, admitted)| !admitted);
        let refused: Vec<_> = refused.map(|(millis, _)| *millis).collect();
        assert_eq!(refused, [0, 999, 1001, 1999, 9000]);
    }

    #[test]
    fn one_address_does_not_use_up_what_is_for_all() {
        let (now, mut rate) = (Instant::now(), connect_rate(SLOW, SLOW));
        let mut admits = |text| rate.admits(address(text), now);
        assert!(admits("192.0.2.1"));
        assert!(admits("192.0.2.2"));
        assert!(!admits("192.0.2.3"), "all have had theirs");
        let (now, mut rate) = (Instant::now(), connect_rate(SLOW, FAST));
        for _ in 0..5000 {
            rate.admits(address("192.0.2.1"), now);
        }
        assert!(rate.admits(address("192.0.2.2"), now));
    }

    #[test]
    fn a_network_of_one_owner_is_one_address() {
        let (now, mut rate) = (Instant::now(), connect_rate(SLOW, FAST));
        let mut admits = |text| rate.admits(address(text), now);
        assert!(admits("2001:db8::1"));
        assert!(admits("2001:db8::2"));
        assert!(!admits("2001:db8::3"));
        assert!(admits("2001:db8:0:1::3"));
        assert!(admits("::ffff:192.0.2.1"));
        assert!(admits("192.0.2.1"));
        assert!(!admits("192.0.2.1"));
    }

    #[test]
    fn who_came_long_ago_is_forgotten_before_there_are_too_many() {
        let (start, mut rate) = (Instant::now(), connect_rate(FAST, FAST));
        rate.by_address = (0..u32::try_from(REMEMBERED).unwrap())
            .map(|number| (IpAddr::V4(number.into()), Bucket { full_at: start }))
            .collect();
        assert!(rate.admits(address("203.0.113.1"), start));
        assert_eq!(rate.by_address.len(), 1);
    }
}
