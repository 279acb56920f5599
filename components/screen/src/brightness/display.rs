//! A screen's brightness, in the steps of its device and in percent.

/// A screen that has a brightness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Display {
    /// What names it, here and in calls.
    pub(crate) id: String,
    /// What people know it by.
    pub(crate) name: String,
    /// How bright it is, in its own steps.
    pub(crate) level: u32,
    /// Its brightest; at least 1.
    pub(crate) max: u32,
}

impl Display {
    /// How bright it is, 0 to 100. Only a screen that somebody else has made black says 0.
    pub(crate) fn percent(&self) -> u8 {
        let percent = (u64::from(self.level) * 100 + u64::from(self.max) / 2) / u64::from(self.max);
        match u8::try_from(percent.min(100)) {
            Ok(0) if self.level > 0 => 1,
            percent => percent.unwrap_or(100),
        }
    }

    /// The level for `percent`, which is never 0: nobody could see what to do about it.
    pub(crate) fn level_at(&self, percent: u8) -> u32 {
        let percent = u64::from(percent.clamp(1, 100));
        let level = (percent * u64::from(self.max) + 50) / 100;
        u32::try_from(level).unwrap_or(self.max).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn display(level: u32, max: u32) -> Display {
        Display {
            id: "panel".to_owned(),
            name: "Panel".to_owned(),
            level,
            max,
        }
    }

    #[test]
    fn no_percentage_makes_a_screen_black() {
        for (max, percent, level) in [
            (255, 0, 3),
            (255, 1, 3),
            (255, 50, 128),
            (255, 100, 255),
            (255, 200, 255),
            (10, 0, 1),
            (10, 1, 1),
            (10, 55, 6),
            (1, 0, 1),
            (u32::MAX, 100, u32::MAX),
        ] {
            assert_eq!(
                display(0, max).level_at(percent),
                level,
                "{percent} of {max}"
            );
        }
    }

    #[test]
    fn what_was_set_is_what_is_read_where_the_device_has_the_steps() {
        for max in [100, 255, 4095, 19_200, u32::MAX] {
            for percent in 1..=100 {
                let level = display(0, max).level_at(percent);
                assert_eq!(display(level, max).percent(), percent, "of {max}");
            }
        }
    }

    #[test]
    fn only_a_black_screen_is_at_0() {
        assert_eq!(display(0, 1000).percent(), 0);
        assert_eq!(display(1, 1000).percent(), 1);
        assert_eq!(display(2000, 1000).percent(), 100);
    }
}
