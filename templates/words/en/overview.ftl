overview-lede = The last 30 days. The latest message came on { $moment }.
overview-misdirected = Misdirected mail
overview-misdirected-means = Recipients of what one person wrote to another
overview-reflection = Reflection
overview-reflection-means = Recipients of what services wrote to an address that its user mistyped
overview-noise = Noise
overview-noise-means = Recipients of spam, automatic replies and tests
overview-change-more = { $n } more than in the 30 days before ({ $before })
overview-change-fewer = { $n } fewer than in the 30 days before ({ $before })
overview-change-same = As many as in the 30 days before
overview-change-first = None in the 30 days before
overview-silent = { $n-count ->
    [one] No message has come for one hour.
   *[other] No message has come for { $n } hours.
}
overview-silent-next = For a zone that is caught this is unusual. See whether the MX records still point here and port 25 can be reached.
overview-tasks = What waits for somebody
overview-task-failed = Notices that could not be delivered
overview-task-drafts = Notices awaiting approval
overview-task-waiting = Notices approved, waiting to be sent
overview-task-open = Open cases with misdirected mail or reflection
overview-task-unassigned = Unassigned: such mail whose intended domain is unknown
overview-task-none = none
overview-task-many = { $n } or more
overview-chart = Day by day
overview-cases = Largest open cases
overview-no-cases = There is no open case.
overview-all-cases = All cases
overview-case-domain = Intended domain
overview-case-organisation = Organisation
overview-case-state = State
overview-case-last = Latest mail
overview-case-genuine = Misdirected and reflection
overview-case-all = All recipients
overview-case-shared = many users
overview-case-nobody = not in the directory
overview-held = What is held
overview-sealed = Sealed messages
overview-sealed-items = { $n-count ->
    [one] One item, { $bytes }
   *[other] { $n } items, { $bytes }
}
overview-sealed-means = Encrypted on arrival to keys that are not on this machine. No account can open them.
overview-sent = Notices sent so far
overview-sessions = Connections in the last 30 days
overview-sessions-total = Connections
overview-auth = Attempts to log in
overview-auth-means = Mail programs set up with a mistyped server name, or guessers. Each was refused, and the password was not read.
overview-relay = Attempts to relay
overview-relay-means = Recipients outside our zones. Each was refused.
overview-refused = Recipients refused for other reasons
overview-empty-title = No mail has been caught yet
overview-empty-text = The listener runs. These steps bring the first message:
overview-empty-zone = Publish the MX lines that the documentation names (docs/operations.md) for the domains to be caught.
overview-empty-organisations = Tell the program who owns which domain. On the server:
overview-empty-look = See what mail for a domain would be taken for:
overview-empty-send = Send a message to a caught domain from another mail system. It appears here within seconds.
chart-title = Recipients a day, by kind of mail
chart-genuine = Misdirected and reflection, recipients a day
chart-noise = Noise, on a scale of its own
chart-description = From { $first } to { $last }: { $misdirected } recipients of misdirected mail, { $reflection } of reflection and { $noise } of noise. The day with the most misdirected mail and reflection was { $day }, with { $most }.
chart-table = The figures as a table
chart-day = Day
chart-sum = Sum
