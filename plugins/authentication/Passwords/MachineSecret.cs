using System.Security.Cryptography;
using System.Text;

namespace PolicyMTA.Authentication.Passwords;

/// <summary>
/// A secret that is the same after a restart and needs no keeping: derived from the machine's id, which machine-id(5) wants kept from strangers. On a machine without one it
/// is new each time.
/// </summary>
internal static class MachineSecret
{
    private const string IdFile = "/etc/machine-id";

    internal static byte[] Of(string use, string idFile = IdFile)
    {
        try
        {
            if (File.ReadAllText(idFile).Trim() is { Length: > 0 } id) return HMACSHA256.HashData(Encoding.UTF8.GetBytes(id), Encoding.UTF8.GetBytes(use));
        }
        catch (Exception missing) when (missing is IOException or UnauthorizedAccessException)
        {
            // Then salts of users without keys change with a restart.
        }
        return RandomNumberGenerator.GetBytes(32);
    }
}
