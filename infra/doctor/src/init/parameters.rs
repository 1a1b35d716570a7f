//! Parameter Store: `/{prefix}/{account}/callback`, and the app secret apart from it.

use super::{InitError, Present, Values};
use crate::aws;
use aws_config::SdkConfig;
use aws_sdk_ssm::{Client, operation::get_parameter::GetParameterError, types::ParameterType};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value, json};
use shared::{
    account::{Account, AccountName},
    lambda::{Accounts, clock::SystemClock},
};

/// The accounts below one prefix.
pub(super) struct Parameters<'a> {
    config: &'a SdkConfig,
    prefix: String,
    /// The callback's parameter as it is, settings included.
    found: Map<String, Value>,
    /// Which of the two are there.
    exist: [bool; 2],
}

impl<'a> Parameters<'a> {
    pub(super) fn new(config: &'a SdkConfig, prefix: String) -> Self {
        Self {
            config,
            prefix,
            found: Map::new(),
            exist: [false; 2],
        }
    }

    pub(super) async fn present(
        &mut self,
        name: &AccountName,
    ) -> Result<Option<Present>, InitError> {
        let callback = self.read(&self.name_of(name, "callback")).await?;
        let secret = self.read(&self.name_of(name, "secret")).await?;
        self.exist = [callback.is_some(), secret.is_some()];
        self.found = callback.unwrap_or_default();
        let fields = self.found.iter().chain(secret.iter().flatten());
        let texts =
            fields.filter_map(|(key, v)| Some((key.clone(), SecretString::from(v.as_str()?))));
        let present = Present(texts.collect());
        Ok(self.exist.contains(&true).then_some(present))
    }

    /// Stores the secret first: an account counts from when its callback's parameter is there.
    pub(super) async fn store(&self, name: &AccountName, values: &Values) -> Result<(), InitError> {
        let mut callback = self.found.clone();
        for (field, text) in values.fields() {
            callback.insert(field.to_owned(), json!(text));
        }
        let callback = Value::Object(callback).to_string();
        Account::from_parameter(name, &callback)?.sound()?;
        let secret = json!({ "app_secret": values.app_secret.expose_secret() }).to_string();
        let [callback_exists, secret_exists] = self.exist;
        self.put(&self.name_of(name, "secret"), secret, secret_exists)
            .await?;
        self.put(&self.name_of(name, "callback"), callback, callback_exists)
            .await?;
        // The schedule of token-refresh makes up for it within two minutes if this fails.
        let (client, prefix) = (Client::new(self.config), self.prefix.clone());
        let accounts = Accounts::new(client, prefix, SystemClock::shared());
        drop(accounts.list_name(name).await);
        Ok(())
    }

    fn name_of(&self, name: &AccountName, part: &str) -> String {
        format!("/{}/{name}/{part}", self.prefix)
    }

    async fn read(&self, parameter: &str) -> Result<Option<Map<String, Value>>, InitError> {
        let asked = Client::new(self.config)
            .get_parameter()
            .name(parameter)
            .with_decryption(true);
        match asked.send().await {
            Ok(answer) => {
                let value = answer.parameter.and_then(|p| p.value).unwrap_or_default();
                let object = serde_json::from_str(&value).map_err(|_| InitError::Parameter {
                    parameter: parameter.to_owned(),
                    reason: "holds no JSON object; delete it or correct it first".to_owned(),
                })?;
                Ok(Some(object))
            }
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(GetParameterError::is_parameter_not_found) =>
            {
                Ok(None)
            }
            Err(error) => Err(parameter_error(parameter, &error)),
        }
    }

    async fn put(&self, parameter: &str, json: String, replace: bool) -> Result<(), InitError> {
        let put = Client::new(self.config)
            .put_parameter()
            .name(parameter)
            .r#type(ParameterType::SecureString)
            .overwrite(replace)
            .value(json);
        let outcome = put.send().await.map(drop);
        outcome.map_err(|error| parameter_error(parameter, &error))
    }
}

fn parameter_error(parameter: &str, error: &dyn std::error::Error) -> InitError {
    InitError::Parameter {
        parameter: parameter.to_owned(),
        reason: format!("{}. {}", aws::reason(error), aws::ADVICE),
    }
}
