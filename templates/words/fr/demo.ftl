# Ce que dit `restante demo` sur le terminal.
demo-welcome = Poste Restante : une démonstration sur cette seule machine. Les messages et les organismes sont inventés.
demo-sending = Envoi de { $n } messages des 30 derniers jours par SMTP…
demo-sent = { $n } messages envoyés en { $seconds } s ; chacun est scellé, et personne ici ne peut le lire.
demo-try = À essayer :
demo-try-review = Ouvrez l’adresse ci-dessus, connectez-vous sous le nom « reviewer » et regardez le plus gros dossier, army.mil : des nombres, des noms, des expéditeurs, aucun contenu.
demo-try-draft = Rédigez un projet d’avis. La page montre exactement ce qui serait envoyé.
demo-try-refused = Sous le nom « reviewer », aucun bouton ne permet de l’approuver ; un approbateur n’en a pas non plus pour ce qu’il a lui-même rédigé.
demo-try-approve = Connectez-vous sous le nom « approver » (une fenêtre privée suffit) et approuvez-le.
demo-try-arrives = Voyez-le arriver : ses premières lignes s’affichent ici, le texte entier est dans le dossier des avis.
demo-end = Un nouveau message arrive toutes les 5 à 20 secondes : rechargez une page pour le voir. Ctrl-C met fin à la démonstration.
demo-arrived = Un avis est arrivé chez { $to } :
demo-gone = Terminé ; le dossier est supprimé.
demo-kept = Terminé ; tout est conservé dans { $dir }.
