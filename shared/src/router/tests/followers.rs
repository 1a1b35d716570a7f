//! Rules that know the follower.

use super::*;
use crate::followers::{Agents, Follower, Tag, TagRef};

const RULES: &str = "
[[rule]]
text = 'hi'
tagged = ['vip', 7]
reply = 'welcome back, {{nickname|friend}}'

[[rule]]
text = 'hi'
reply = 'welcome'

[[rule]]
text = 'agent'
transfer = 'online'
fallback = '{{remark|You}}, nobody is here'

[[rule]]
text = 'three'
replies = ['one', 'two of $1 {{openid}}', { kind = 'image', media_id = 'm' }]
pick = 'all'

[[rule]]
event = 'subscribe'
tag = 'new'
untag = 9

[[rule]]
text = 'both'
forward = 'wechat-handler-a'
tag = ['a', 3]

[[rule]]
any = true
tag = 'any'
";

fn known(tags: &[(u32, &str)], remark: &str, online: Option<bool>) -> Known {
    let tag = |(id, name): &(u32, &str)| Tag {
        id: *id,
        name: (*name).to_owned(),
    };
    let tags = tags.iter().map(tag).collect();
    Known {
        follower: Some(Follower::default().renewed(tags, remark.to_owned(), NOON)),
        agents: online.map(|online| Agents { online, at: NOON }),
    }
}

fn router() -> Router {
    let rules = Router::new().with_toml(RULES);
    rules.unwrap_or_else(|error| panic!("{error}"))
}

fn with<T>(body: &str, known: &Known, then: impl FnOnce(&Router, &Asked<'_>) -> T) -> T {
    let push = Push::parse(body).unwrap();
    let asked = Asked {
        account: "demo",
        push: &push,
        now: NOON,
        random: &Dice(0),
        known,
    };
    then(&router(), &asked)
}

fn decide(body: &str, known: &Known) -> Decision {
    with(body, known, |router, asked| router.decide(asked))
}

fn needs(body: &str) -> Needs {
    with(body, Known::NOTHING, |router, asked| router.needs(asked))
}

fn marked(reply: impl Into<Reply>, marks: Marks) -> Decision {
    Decision::Reply(Quick {
        marks,
        ..Quick::from(reply.into())
    })
}

#[test]
fn only_a_push_that_a_rule_may_fit_needs_to_know_who_sent_it() {
    let nothing = Needs::default();
    let follower = Needs {
        follower: true,
        agents: false,
    };
    assert_eq!(needs(&text("hi")), follower);
    let both = follower.and(Needs {
        follower: false,
        agents: true,
    });
    assert_eq!(needs(&text("agent")), both, "its fallback has a remark");
    for other in [text("three"), text("both"), event("subscribe", "")] {
        assert_eq!(needs(&other), nothing, "{other}");
    }
    let tagged = "[[rule]]\ntagged = 1\nreply = 'a'\n[[rule]]\ntext = 'x'\ntransfer = 'online'\nfallback = 'b'\n";
    let router = Router::new().with_toml(tagged).unwrap();
    let of = |body: &str| with(body, Known::NOTHING, |_, asked| router.needs(asked));
    assert_eq!((of(&text("x")), of(&text("y"))), (both, follower));
    assert_eq!(of(&event("unsubscribe", "")), nothing, "who has left");
}

#[test]
fn a_rule_looks_at_tags_by_name_and_by_id() {
    for (tags, said) in [
        (vec![(1, "x"), (2, "vip")], "welcome back, 张三"),
        (vec![(7, "")], "welcome back, 张三"),
        (vec![(8, "VIP")], "welcome"),
        (vec![], "welcome"),
    ] {
        assert_eq!(
            decide(&text("hi"), &known(&tags, "张三", None)),
            answer(said)
        );
    }
    let nameless = known(&[(7, "")], " ", None);
    assert_eq!(
        decide(&text("hi"), &nameless),
        answer("welcome back, friend")
    );
    assert_eq!(decide(&text("hi"), Known::NOTHING), answer("welcome"));
}

#[test]
fn a_user_is_handed_over_only_when_somebody_is_known_to_be_there() {
    let agent = answer(Reply::TransferCustomerService { kf_account: None });
    let asked = |online| decide(&text("agent"), &known(&[], "", online));
    assert_eq!(asked(Some(true)), agent);
    assert_eq!(asked(Some(false)), answer("You, nobody is here"));
    assert_eq!(asked(None), answer("You, nobody is here"));
}

#[test]
fn several_replies_are_one_slow_answer() {
    assert!(router().may_forward());
    let image = Reply::Image {
        media_id: "m".to_owned(),
    };
    let all = vec![Reply::from("one"), Reply::from("two of $1 oA"), image];
    let slow = Slow::from(Source::Replies(all));
    assert_eq!(
        decide(&text("three"), Known::NOTHING),
        Decision::Forward(slow)
    );
}

#[test]
fn tags_are_given_beside_an_answer_or_alone() {
    let name = |name: &str| TagRef::Name(name.to_owned());
    let new = Marks {
        tag: vec![name("new")],
        untag: vec![TagRef::Id(9)],
    };
    let subscribed = decide(&event("subscribe", ""), Known::NOTHING);
    assert_eq!(subscribed, marked((), new));
    assert!(subscribed.collects_first(), "it has no answer of its own");
    let both = Marks {
        tag: vec![name("a"), TagRef::Id(3)],
        untag: Vec::new(),
    };
    let Decision::Forward(slow) = decide(&text("both"), Known::NOTHING) else {
        panic!("not slow")
    };
    assert_eq!(slow.marks, both);
    let left = decide(&event("unsubscribe", ""), Known::NOTHING);
    assert!(left.marks().is_empty(), "who has left");
    let any = decide(&text("else"), Known::NOTHING);
    assert_eq!(any.marks().tag, [name("any")]);
}

#[test]
fn a_rule_below_one_for_the_same_tags_is_never_reached() {
    let below = |tags: &str| {
        let rules = format!(
            "[[rule]]\ntagged = ['a', 1]\nreply = 'x'\n[[rule]]\ntagged = {tags}\ntext = 'b'\nreply = 'y'\n"
        );
        Router::new().with_toml(&rules).is_err()
    };
    assert!(below("'a'") && below("[1, 'a']") && !below("[1, 'b']") && !below("'1'"));
}
