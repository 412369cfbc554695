/** Verbs of buttons and paths in other languages, as the English verbs that they mean. Without accents; umlauts both ways. Words that are English too are left out. */
const BY_ENGLISH: Readonly<Record<string, string>> = {
  save: 'speichern sichern enregistrer sauvegarder guardar salvar gravar salva opslaan bewaren spara zapisz gem lagre tallenna',
  update:
    'aktualisieren uebernehmen ubernehmen actualizar atualizar aggiorna bijwerken uppdatera zaktualizuj opdater',
  edit: 'bearbeiten aendern andern modifier editar modificar modifica bewerken wijzigen redigera andra edytuj rediger muokkaa',
  create: 'anlegen erstellen creer crear criar crea aanmaken skapa utworz opret luo',
  add: 'hinzufuegen hinzufugen ajouter anadir agregar adicionar aggiungi toevoegen dodaj tilfoj lisaa',
  new: 'neu neue neuer neues nouveau nouvelle nuevo nueva novo nova nuovo nuova nieuw nieuwe nowy',
  delete:
    'loeschen loschen entfernen supprimer effacer eliminar borrar suprimir excluir remover elimina rimuovi verwijderen radera usun slet slett poista',
  enable: 'einschalten freischalten habilitar abilita inschakelen wlacz',
  activate: 'aktivieren activer activar ativar attiva activeren aktivera aktywuj aktiver',
  disable: 'ausschalten sperren deshabilitar desabilitar disabilita uitschakelen wylacz',
  deactivate:
    'deaktivieren desactiver desactivar desativar disattiva deactiveren inaktivera dezaktywuj deaktiver',
  cancel: 'abbrechen annuler cancelar annulla annuleren avbryt anuluj annuller avbryt peruuta',
  search: 'suchen suche rechercher recherche buscar pesquisar cerca zoeken sok szukaj sog hae',
  list: 'liste lista lijst auflisten',
  rename: 'umbenennen renommer renombrar renomear rinomina hernoemen',
  approve: 'freigeben genehmigen approuver aprobar aprovar approva goedkeuren',
  publish: 'veroeffentlichen veroffentlichen publier publicar pubblica publiceren publicera',
}

const ENGLISH = new Map(
  Object.entries(BY_ENGLISH).flatMap(([english, words]) =>
    words.split(' ').map((word) => [word, english] as const),
  ),
)

/** The English verb, or the word itself. */
export const inEnglish = (word: string): string =>
  ENGLISH.get(word.normalize('NFD').replace(/\p{M}/gu, '').replaceAll('ł', 'l').replaceAll('ø', 'o')) ?? word
