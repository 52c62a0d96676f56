using PolicyMTA.Addressing;
using PolicyMTA.Delivery.Commands;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Local;

/// <summary>What a command of local(8) is told by its environment. Characters that mean something to a shell become underscores.</summary>
internal static class LocalEnvironment
{
    public static Dictionary<string, string> Of(QueuedMessage message, QueuedRecipient recipient, UserAccount? user, AddressBook addresses, string filter)
    {
        var local = LocalRecipient.Of(recipient.Address, addresses);
        var environment = CommandRun.BaseEnvironment();
        void Set(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value) && !value.Contains('\0', StringComparison.Ordinal)) environment[name] = LocalMacros.Clean(value, filter);
        }
        if (user is not null)
        {
            environment["HOME"] = user.Home;
            environment["LOGNAME"] = user.Name;
            environment["SHELL"] = user.Shell;
        }
        Set("USER", local.User);
        Set("EXTENSION", local.Extension);
        Set("LOCAL", recipient.Address.Local);
        Set("DOMAIN", recipient.Address.Domain);
        Set("RECIPIENT", recipient.Address.ToString());
        Set("ORIGINAL_RECIPIENT", (recipient.Original ?? recipient.Address).ToString());
        Set("SENDER", message.Sender.IsNull ? "MAILER-DAEMON" : message.Sender.ToString());
        var origin = message.Origin;
        Set("CLIENT_HOSTNAME", origin.Client.Split('[')[0]);
        Set("CLIENT_ADDRESS", origin.Client.IndexOf('[', StringComparison.Ordinal) is >= 0 and var at ? origin.Client[(at + 1)..].TrimEnd(']') : "");
        Set("CLIENT_HELO", origin.Helo);
        Set("CLIENT_PROTOCOL", origin.Protocol);
        Set("SASL_USERNAME", origin.SaslUser);
        return environment;
    }
}
