# What `restante demo` says on the terminal.
demo-welcome = Poste Restante: a demonstration on this machine alone. All mail and all organisations in it are made up.
demo-sending = Sending { $n } messages of the last 30 days over SMTP …
demo-sent = Sent { $n } messages in { $seconds } s; each is sealed, and nobody here can read it.
demo-try = What to try:
demo-try-review = Open the address above, log in as “reviewer”, and look at the largest case, army.mil: counts, names, senders, no content.
demo-try-draft = Draft a notice for it. The page shows exactly what would be sent.
demo-try-refused = As “reviewer” you find no button to approve it. Neither does an approver for what he or she has drafted.
demo-try-approve = Log in as “approver” (a private window will do) and approve it.
demo-try-arrives = See it arrive: its first lines appear here, the whole of it lies in the folder of notices.
demo-end = A new message arrives every 5 to 20 seconds: reload a page to see it. Ctrl-C ends the demonstration.
demo-arrived = A notice has arrived at { $to }:
demo-gone = Ended; the folder is removed.
demo-kept = Ended; everything is kept in { $dir }.
