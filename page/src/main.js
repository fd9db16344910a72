//! Starts the page: its frame, its language, all screens by name, and the first screen.
import { takeToken } from "./link/transports.js";
import { addManyScreen, addScreen, googleExportScreen, nameScreen } from "./screens/add.js";
import { backupSavedScreen, backupScreen, restoreNotesScreen, restoreScreen } from "./screens/backup.js";
import { checkScreen, clockScreen } from "./screens/check.js";
import { begin, connectScreen } from "./screens/connect.js";
import { copyScreen } from "./screens/copy.js";
import { doneScreen } from "./screens/done.js";
import { firstCodeScreen, setupScreen, sitesScreen, stepsScreen } from "./screens/enroll.js";
import { codeScreen, homeScreen, renameScreen } from "./screens/home.js";
import { borrowScreen, lendEndScreen, lendScreen, lentScreen } from "./screens/lending.js";
import { blockedScreen, locksScreen, newLockScreen, setupLockScreen, unlockScreen } from "./screens/locks.js";
import { buildFrame, chooseLanguage, showScreen } from "./ui/app.js";
import { asksBeforeLeaving, startRouter } from "./ui/router.js";
import { preferredLanguage } from "./ui/words.js";

const SCREENS = {
  add: addScreen,
  add_many: addManyScreen,
  backup: backupScreen,
  backup_saved: backupSavedScreen,
  blocked: blockedScreen,
  borrow: borrowScreen,
  check: checkScreen,
  clock: clockScreen,
  code: codeScreen,
  connect: connectScreen,
  copy: copyScreen,
  done: doneScreen,
  first_code: firstCodeScreen,
  google_export: googleExportScreen,
  home: homeScreen,
  lend: lendScreen,
  lend_end: lendEndScreen,
  lent: lentScreen,
  lock: locksScreen,
  name: nameScreen,
  new_lock: newLockScreen,
  rename: renameScreen,
  restore: restoreScreen,
  restore_notes: restoreNotesScreen,
  setup: setupScreen,
  setup_lock: setupLockScreen,
  sites: sitesScreen,
  steps: stepsScreen,
  unlock: unlockScreen,
};

/** Ask before the page goes away with what was typed into it, or with a backup that is not saved. */
addEventListener("beforeunload", (event) => {
  const fields = [...document.querySelectorAll("main input[type=text], main textarea")];
  if (asksBeforeLeaving() || fields.some((field) => field.value && field.value !== field.defaultValue))
    event.preventDefault();
});

const token = takeToken();
startRouter(SCREENS, showScreen);
buildFrame();
chooseLanguage(preferredLanguage());
void begin(token);
