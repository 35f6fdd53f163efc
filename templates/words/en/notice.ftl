# What a notice says. Plain ASCII, so that the text part needs no encoding.
letter-subject = { $ticket }: e-mail for { $domain } is going astray
letter-title = Notice { $ticket }
letter-for = For { $organisation }

letter-who-title = Who we are, and why you get this
letter-who = We run the top-level domain { $zone }. People who want to write to { $domain } sometimes type a name under { $zone } by mistake; their mail then comes to our server { $hostname }. You get this notice because you are our contact for { $organisation }.
letter-who-what = It tells you how much mail that was and what you can do. It has no content of any message and no address of any person.

letter-counts-title = What came
letter-period = From { $first } to { $last }, meant for { $domain }:
letter-period-day = On { $first }, meant for { $domain }:
letter-period-gaps = On days from { $first } to { $last }, meant for { $domain }. Days of which our earlier notices told you everything are left out:
letter-counts-what = Kind
letter-counts-count = Recipients
letter-misdirected = Mail from one person to another
letter-reflection = Mail from services to an address that was mistyped
letter-counts-note = A message to three people counts three times. Only mail that we are confident was meant for your domain is counted; spam, bounces and tests are left out.

letter-names-title = The names that were typed
letter-names-name = Name
letter-names-other = other names
letter-names-note = Names below these count with them.

letter-senders-title = Who sent it
letter-senders-name = Sending domain
letter-senders-count = Messages
letter-senders-other = { $n-count ->
    [one] one other domain, not named
   *[other] { $n } other domains, not named
}
letter-senders-others = other domains, not named
letter-senders-note = Named are mail providers that are open to everybody, organisations that we know, and domains that sent three messages or more; at most { $most }.
letter-senders-none = No sending domain sent so much that we may name it.
letter-senders-shared = { $domain } serves many people who have nothing to do with each other, so we name no sending domain.

letter-do-title = What you can do
letter-do-block = At your outgoing mail gateway, refuse mail to the names listed above, and to all names below them. Any of your people who mistypes such a name then learns of it at once, and nothing leaves.
letter-do-tell = Tell the people who write to you from the sending domains above: the right name is { $domain }. Wrong names live on in address books and in what mail programs complete by themselves.
letter-do-tell-all = Tell the people who write to you: the right name is { $domain }. Wrong names live on in address books and in what mail programs complete by themselves.
letter-do-services = Ask your people to check which address they gave to services: an account with a mistyped address goes on sending.
letter-do-answer = Answer this message and leave { $ticket } in the subject. Tell us if something here is wrong, if somebody else should get such notices, or if we should refuse mail to these names from now on, so that the senders get an error at once.

letter-real-title = How to check that this is real
letter-real = This notice has no attachment and asks for no password, no payment and no visit to any page.
letter-real-at = We confirm it here: { $where }. Give the number { $ticket }.
letter-real-iana = You need not believe what it says of us: find the operator of { $zone } in the root zone database of IANA, by your own way, and ask there for { $ticket }.

letter-hold-title = What we hold
letter-hold = Of some of this mail, or all of it, we may have kept no copy: then these counts are all there is. What we did keep was sealed as it arrived: encrypted to a key that is not on our server. Those who work with these counts have read none of it, and cannot.

letter-earlier-title = Earlier notice
letter-earlier = Our notice before this one was { $ticket }. Nothing that an earlier notice to you counted is counted again.
letter-earlier-overlap = Our notice before this one was { $ticket }. Where more came for a day of which we had told you, the whole of that day is counted here: { $n-count ->
    [one] { $n } recipient counted here was
   *[other] { $n } recipients counted here were
} in an earlier notice too.

letter-audit-title = For your records
letter-audit = When this was written, the newest entry of our audit trail was number { $seq }, with this SHA-256 value:
letter-audit-what = Keep it: if anybody changed our records of that time later, they would no longer lead to this value, and you could show it.
