# Messages and one message: metadata alone.
messages-title = Messages
messages-lede = What is known about each message without reading it. One row for each recipient.
messages-of-case = Only messages of the case
messages-of-all = Show all messages
messages-verdict = Kind of mail
messages-every-verdict = All kinds
messages-none = No messages yet. They appear here as soon as the listener has taken one in.
messages-none-chosen = No message matches this choice.
messages-caption = Messages, the newest first
messages-received = Received
messages-typed = Typed domain
messages-intended = Intended domain
messages-unknown = unknown
messages-kind = Kind of mail
messages-sender = Sender’s domain
messages-size = Size
messages-kept = Content
messages-kept-held = Sealed
messages-kept-removed = Deleted
messages-kept-counted = Counted only
messages-kept-none = Not kept
messages-labels = Sensitivity
messages-no-labels = none
messages-labels-for-approvers = Only approvers see the sensitivity labels of single messages. Everybody sees them per case.
messages-newest = Back to the newest
messages-older = Older messages

message-title = A message
message-closed = Nobody here can open this message. It was sealed when it arrived, and the keys are not on this machine. This page is all that anybody at the registry can know about it.
message-closed-unkept = Nobody here can open this message. It was looked at in memory by a program, and not kept. This page is all that anybody at the registry can know about it.
message-meant = What it was meant for
message-meant-why = Why: the intended domain
message-confidence = { $share } sure
message-unknown = Unknown. Below 50% sure, no name is given.
message-runner-up = Next best
message-no-runner-up = None
message-no-organisation = Not in the directory
message-case = Case
message-case-link = Show the case
message-kind = What kind of mail it is
message-kind-why = Why: the kind of mail
message-verdict-misdirected = One person wrote to another.
message-verdict-reflection = A service wrote to an address that its user mistyped.
message-verdict-spam = Unsolicited mass mail or fraud.
message-verdict-bounce = A report of failed delivery, or an automatic answer.
message-verdict-probe = Somebody tested our server.
message-how-sure = How sure
message-sensitivity = Sensitivity
message-no-labels = No labels
message-labels-for-approvers = Only approvers see the labels of single messages. The case shows them for all its messages together.
message-language = Language
message-no-language = Not clear
message-from = Where it came from
message-sender-pseudonym = Sender’s pseudonym
message-recipient-pseudonym = Recipient’s pseudonym
message-pseudonyms = A pseudonym stands for an address, so that repeats can be counted. It cannot be turned back into the address, and it changes every month.
message-none = None
message-helo = The sending server’s domain
message-helo-none = It gave no name that is one
message-network = The sending server’s network
message-tls = Encrypted on the way
message-tls-none = No
message-authentication = SPF, DKIM, DMARC
message-authentication-off = Not checked
message-kept = What was kept
message-examined = Only the first { $size } were examined.
message-recipients = Recipient
message-recipient-of = { $n-count ->
    [one] The only one
   *[other] Number { $at } of { $n }
}
message-repeats = Repeats
message-repeats-none = None
message-repeats-n = { $n-count ->
    [one] The same message came { $n } more time. Repeats are not counted.
   *[other] The same message came { $n } more times. Repeats are not counted.
}
message-policy = Policy
message-sealed = Content
message-sealed-held = Sealed on arrival, and held until it can be released to its owner or its time is up.
message-sealed-removed = It was sealed, and is deleted now.
message-sealed-none = Never kept. Only this metadata is there.
message-no-attachments = There were no attachments.
message-attachments = Attachments: types and sizes
message-media-type = Type
message-media-other = another type
message-correct = Correct
