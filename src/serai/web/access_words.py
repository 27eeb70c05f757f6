"""The words of access: roles, where they are granted, rights, and why something was refused."""

from serai.web.languages import N_

ROLE_WORDS: dict[str, str] = {
    "chief": N_("Head of the group"),
    "group_controller": N_("Group controller"),
    "group_analyst": N_("Group analyst"),
    "group_finance": N_("Group finance"),
    "group_it": N_("Group IT"),
    "brand_manager": N_("Brand manager"),
    "brand_analyst": N_("Brand analyst"),
    "entity_finance": N_("Company finance"),
    "operator_manager": N_("Operator’s manager"),
    "city_officer": N_("City officer"),
    "store_manager": N_("Store manager"),
    "store_clerk": N_("Store clerk"),
    "traveller": N_("Traveller"),
}
LEVEL_WORDS: dict[str, str] = {
    "group": N_("Group"),
    "brand": N_("Brand"),
    "entity": N_("Legal entity"),
    "operator": N_("Operator"),
    "city": N_("City"),
    "store": N_("Store"),
    "customer": N_("Customer"),
}
RIGHT_WORDS: dict[str, str] = {
    "catalogue.read": N_("see what is on sale"),
    "organisation.read": N_("see the organisation"),
    "organisation.write": N_("change the organisation"),
    "figures.read": N_("see figures"),
    "orders.read": N_("see orders"),
    "orders.write": N_("take and change orders"),
    "customers.read": N_("see customers"),
    "customers.personal": N_("see telephone numbers and the like"),
    "customers.write": N_("change customers"),
    "books.read": N_("see the books"),
    "refunds.approve": N_("approve refunds"),
    "feeds.read": N_("see feeds"),
    "feeds.write": N_("mend rows of feeds"),
    "access.read": N_("see who holds what"),
    "access.write": N_("grant roles"),
    "trail.read": N_("see who did what"),
    "platform.read": N_("see how the machines are"),
}

REFUSALS: dict[str, tuple[str, str]] = {
    "program_name_invalid": (
        N_("A program's name has 1 to 63 letters, digits, spaces and the signs . _ and -."),
        N_("Choose such a name: booking-site, for example."),
    ),
    "program_name_taken": (
        N_("There is a program of that name already."),
        N_("Choose another name, or give that one another key."),
    ),
    "scope_unknown": (
        N_("A program without scopes may do nothing."),
        N_("Choose what it may do."),
    ),
    "scope_above_own": (
        N_("This program has or would have scopes that you do not hold there yourself."),
        N_("Ask somebody who holds them."),
    ),
    "program_not_found": (
        N_("There is no such program, or it was sent away."),
        N_("Look at the list of programs."),
    ),
    "too_many_keys": (
        N_("It has as many good keys as a program may have."),
        N_("Wait until one of them ends, or send the program away."),
    ),
    "key_shown_already": (
        N_("This form was sent before; the key was shown then."),
        N_("Give the program another key if it is lost."),
    ),
    "life_out_of_range": (
        N_("A key lives for one day at least and for 3,650 at most."),
        N_("Choose a number of days in between."),
    ),
    "quota_out_of_range": (
        N_("A program may ask 1 to 1,000,000 times a minute."),
        N_("Choose a number in between."),
    ),
    "sign_in_wrong": (
        N_("The name or the password is wrong."),
        N_("Try again, or ask whoever manages access for a new password."),
    ),
    "too_many_tries": (
        N_("Too many tries in vain from here."),
        N_("Wait a few minutes, then try again."),
    ),
    "code_wrong": (
        N_("This code is not right, or it was used before."),
        N_("Wait for the next code of your authenticator, or use a recovery code."),
    ),
    "session_over": (N_("This sign-in has run out."), N_("Begin again with your password.")),
    "sso_failed": (
        N_("The provider has not let you in."),
        N_("Try again; if it goes on, tell your IT the number of the request."),
    ),
    "sso_unknown": (
        N_("The provider knows you, and this house does not."),
        N_("Ask whoever manages access here to link your account."),
    ),
    "password_wrong": (
        N_("This is not your password."),
        N_("Type the one that you signed in with."),
    ),
    "password_same": (N_("The new password is the old one."), N_("Choose another one.")),
    "passwords_differ": (
        N_("The two new passwords are not the same."),
        N_("Type the new one twice."),
    ),
    "password_weak": (
        N_("This password is too easy to guess."),
        N_("Take at least 12 characters, and not your sign-in name: four words, for example."),
    ),
    "codes_enrolled": (
        N_("An authenticator is enrolled already."),
        N_("Take it off first."),
    ),
    "enrolment_not_found": (
        N_("No authenticator is enrolled."),
        N_("Load the page again."),
    ),
    "name_invalid": (
        N_("A sign-in name is made of letters a to z, digits and . _ @ + -"),
        N_("Choose another name."),
    ),
    "display_name_invalid": (
        N_("A person is shown under a name of 1 to 120 letters."),
        N_("Write the name as it is to be read."),
    ),
    "email_invalid": (
        N_("This is not an e-mail address."),
        N_("Mend it, or leave it out."),
    ),
    "name_taken": (
        N_("Somebody signs in with this name already."),
        N_("Choose another name."),
    ),
    "role_needed": (
        N_("Whoever comes in holds a role."),
        N_("Choose the first one; others can be granted later."),
    ),
    "role_level": (
        N_("This role is not granted on such a node."),
        N_("Choose another role or another node."),
    ),
    "role_not_found": (N_("There is no such role."), N_("Choose one of those shown.")),
    "role_held": (
        N_("This person holds this role there already."),
        N_("There is nothing to do."),
    ),
    "role_above_own": (
        N_("This role gives rights that you do not hold there yourself."),
        N_("Ask somebody who holds them."),
    ),
    "person_above_you": (
        N_("This person holds roles that you may not grant."),
        N_("Ask somebody who may."),
    ),
    "person_not_found": (N_("There is no such person."), N_("Choose one of those shown.")),
    "node_not_found": (
        N_("There is no such node, or it is not yours."),
        N_("Check its name or code."),
    ),
    "node_unclear": (
        N_("This is not the whole name or code of a node, or several are called so."),
        N_("Choose the one that you mean."),
    ),
    "group_not_found": (N_("There is no such group."), N_("Look at the list of groups.")),
    "group_bound": (
        N_("This group is bound to this role there already."),
        N_("There is nothing to do."),
    ),
    "binding_above_directory": (
        N_("The directory of this group is not for that node, nor for one above it."),
        N_("Bind a group of a directory of that node or of the group."),
    ),
    "binding_not_found": (N_("This binding has ended already."), N_("Load the page again.")),
    "grant_not_found": (N_("This role has ended already."), N_("Load the page again.")),
    "own_account": (N_("Nobody sends themselves away."), N_("Ask a colleague.")),
    "own_password": (
        N_("Nobody gives themselves a password."),
        N_("Change it on the page of your account."),
    ),
    "second_person_needed": (
        N_(
            "Whoever asked for a role, or is to hold it, cannot approve it, nor through a program "
            "or an account that they have had in hand."
        ),
        N_("Ask a colleague who may grant it."),
    ),
    "approval_decided": (
        N_("This was decided already."),
        N_("Look at who holds the role now."),
    ),
    "approval_not_found": (N_("There is nothing to decide."), N_("Load the page again.")),
}
