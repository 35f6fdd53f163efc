cases-title = Dossiers
